import { Html, markup } from './html.ts'
import { style } from './style.ts'

export interface PageContent {
  readonly title: string
  /** One or two sentences under the title. */
  readonly lead: string
  /** Big numbers: label and value; the first stands out. */
  readonly cards: readonly (readonly [label: string, value: string])[]
  readonly body: Html
}

/** An HTML page that needs nothing beside itself. */
export function page({ title, lead, cards, body }: PageContent): string {
  const whole = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="lead">${lead}</p>
          <div class="cards">
            ${cards.map(([label, value], i) => markup`<div class="card${i === 0 ? ' first' : ''}"><b>${value}</b><span>${label}</span></div>`)}
          </div>
          ${body}
          <footer>Written by Volvox. Not a medical device; for research only.</footer>
        </main>
      </body>
    </html>`
  return whole.source
}
