#!/usr/bin/env node
// In the repository, so that npm can link it before anything is built.
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) await import(main.href)
else {
  console.error('volvox: is not built yet; run "npm run build" in the repository')
  process.exitCode = 1
}
