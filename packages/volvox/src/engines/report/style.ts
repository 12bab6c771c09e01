/** The page's style: readable in light and dark, on paper, and without scripts. */
export const style = `
:root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1b1f24; --soft: #667080; --line: #e4e6ea; --grid: #eceef1;
  --c0: #2563c9; --c1: #d2691e; --c2: #2e8b57; --c3: #8a4fbf; --accent: #0f766e;
  --truth0: #19d3c5; --pred0: #ffd43b; --truth1: #6ea8ff; --pred1: #ff6b9d; --truth2: #8ce99a; --pred2: #ff922b; --truth3: #d0bfff; --pred3: #ff8787 }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --card: #1b1f25; --ink: #e7eaee; --soft: #97a1af; --line: #2c323a; --grid: #272d35;
  --c0: #6ea8ff; --c1: #f0a35e; --c2: #63c78d; --c3: #bf94f0; --accent: #4fd1c5 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 40px 20px 60px }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em } h2 { font-size: 18px; margin: 44px 0 14px }
p.lead { color: var(--soft); margin: 0 0 26px; max-width: 75ch } p.note { color: var(--soft); margin: 0 0 14px; max-width: 85ch }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 12px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px }
.card b { display: block; white-space: nowrap; font-size: 24px; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums } .card span { color: var(--soft); font-size: 13px }
.card.first b { color: var(--accent) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 12px }
figure { margin: 0 } .chart { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px 8px } .chart.wide { margin-bottom: 12px }
.chart svg { display: block; width: 100%; height: auto } .chart figcaption { font-weight: 600; font-size: 14px; display: flex; flex-wrap: wrap; gap: 4px 16px; margin-bottom: 6px }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-weight: 400; color: var(--soft) } .key { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 4px; background: currentColor }
.grid { stroke: var(--grid) } .tick { fill: var(--soft); font-size: 11.5px } .name { fill: var(--ink); font-size: 14px } .mean { stroke: var(--ink); stroke-width: 2.5 }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round } .faint { opacity: .22; stroke-width: 1 } .dot { fill: currentColor; fill-opacity: .75 }
.c0 { color: var(--c0) } .c1 { color: var(--c1) } .c2 { color: var(--c2) } .c3 { color: var(--c3) } .t0 { color: var(--truth0) } .t1 { color: var(--truth1) } .t2 { color: var(--truth2) } .t3 { color: var(--truth3) }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px } th, td { padding: 7px 14px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
td.text { text-align: left; white-space: normal } th { font-weight: 600; color: var(--soft) } th:first-child, td:first-child { text-align: left } thead tr:first-child th { text-align: center; border-left: 1px solid var(--line) } thead tr:first-child th:first-child { border-left: 0 }
tbody tr:last-child td { border-bottom: 0 } tr.mean td { font-weight: 650; background: color-mix(in srgb, var(--accent) 8%, transparent) } td.worst { color: var(--c1); font-weight: 650 }
.cases { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(540px, 100%), 1fr)); gap: 12px } .case { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px }
.case h3 { margin: 0 0 10px; font-size: 15px; display: flex; justify-content: space-between; gap: 12px } .case h3 span { color: var(--soft); font-weight: 400 }
.views { display: flex; gap: 10px; align-items: end } .slice svg { display: block; width: 100%; background: #000; border-radius: 4px } .slice figcaption { color: var(--soft); font-size: 12px; text-align: center; margin-top: 4px }
.truth { stroke-width: 3.4 } .prediction { stroke-width: 1.5 } .truth, .prediction { fill: none; vector-effect: non-scaling-stroke; stroke-linecap: round }
.truth.k0 { stroke: var(--truth0) } .prediction.k0 { stroke: var(--pred0) } .truth.k1 { stroke: var(--truth1) } .prediction.k1 { stroke: var(--pred1) }
.truth.k2 { stroke: var(--truth2) } .prediction.k2 { stroke: var(--pred2) } .truth.k3 { stroke: var(--truth3) } .prediction.k3 { stroke: var(--pred3) }
.swatches { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 0 0 14px; color: var(--soft) } .swatches b { color: var(--ink); font-weight: 600 }
.swatch { display: inline-block; width: 18px; height: 10px; border-radius: 3px; margin: 0 5px 0 10px; box-shadow: 0 0 0 1px rgb(0 0 0 / .25) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 22px; margin: 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: 0 }
details summary { cursor: pointer; color: var(--soft); margin-bottom: 10px } .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 12px; align-items: start } .two > * { min-width: 0 }
footer { margin-top: 44px; color: var(--soft); font-size: 13px }
@media print { body { background: #fff } .card, .chart, .case, .scroll { break-inside: avoid } }
`
