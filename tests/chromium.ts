import { existsSync } from 'node:fs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The browser that is installed; null when there is none. `VOLVOX_CHROMIUM` overrides it. */
export const chromiumPath: string | null =
  process.env.VOLVOX_CHROMIUM ?? places.find((place) => existsSync(place)) ?? null

/** No window, no graphics card, and no talk with anyone but us. */
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
