import { COLOURS } from "./colours.ts";

/** Of every page. Plots draw with `currentColor` and the classes `ink0`, `ink1`, … for their colours. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --text: #1c2530; --quiet: #5a6672; --line: #d5dbe1; --strong: #2563c4;
  font: 15px/1.5 system-ui, sans-serif }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --text: #e4e8ec; --quiet: #9aa5b1; --line: #36404a; --strong: #4a86e0 } }
@media print { :root { color-scheme: light; --paper: #fff; --text: #000; --quiet: #444; --line: #bbb; --strong: #2563c4; font-size: 11px } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--text); print-color-adjust: exact; -webkit-print-color-adjust: exact }
main, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.25rem }
header { padding: 1.5rem 0 .5rem; border-bottom: 1px solid var(--line) } header p { margin: .2rem 0; color: var(--quiet); overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .4rem } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } h2 + p { margin: 0 0 .6rem; color: var(--quiet); max-width: 60rem }
footer { color: var(--quiet); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 1.5rem }
.parts { display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; align-items: flex-start }
figure { margin: 0; max-width: 100%; break-inside: avoid } figcaption { font-weight: 600; margin-bottom: .25rem }
figure > svg { display: block; max-width: 100%; height: auto }
svg text { fill: var(--text); font: 12px system-ui, sans-serif } svg .quiet { fill: var(--quiet) }
.grid { stroke: var(--line); fill: none } .axis { stroke: var(--quiet); fill: none } .dashed { stroke-dasharray: 5 4 }
.curve { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round } .filled { fill: var(--ink) } .outlined { fill: none; stroke: var(--ink); stroke-width: 1.5 }
.mark { fill: var(--paper); stroke: var(--ink, var(--text)); stroke-width: 2 } .strong { fill: var(--strong) } svg text.on-strong { fill: #fff }
${COLOURS.map((colour, i) => `.ink${i} { --ink: ${colour} }`).join(" ")}
td small { display: block; color: var(--quiet) } .scroll { overflow-x: auto; max-width: 100% } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem } th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 } thead th { color: var(--quiet); font-weight: 600 } tbody th { font-weight: 400 } tr { break-inside: avoid }
details { font-size: .9rem; color: var(--quiet); margin-top: .25rem } details table { margin-top: .3rem; color: var(--text) } summary { cursor: pointer }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; list-style: none; padding: 0; margin: .3rem 0 0; width: 100% }
.gallery li { border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; break-inside: avoid }
.picture { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; color: #aaa }
.gone { display: grid; place-content: center; text-align: center; padding: 1rem }
.query { max-width: 20rem } .query .picture { border-radius: .5rem } .query p { overflow-wrap: anywhere }
.about { padding: .6rem .8rem; overflow-wrap: anywhere } .about p { margin: 0 0 .4rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: 0; font-size: .85rem } dt { color: var(--quiet) } dd { margin: 0 }
.scores { display: block; margin-top: .5rem } .scores dt { display: flex; justify-content: space-between; gap: .5rem; font-variant-numeric: tabular-nums } .scores span { white-space: nowrap } meter { display: block; width: 100%; height: .7rem }
`;
