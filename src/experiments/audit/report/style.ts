/** @file The look of the page: light and dark, wide and narrow. */
export const STYLE: string = `
:root { color-scheme: light dark; --text: #1d2329; --soft: #59636e; --ground: #fff; --panel: #f4f7fa; --line: #d5dce3; --link: #00598c; --bad: #b3400c; --good: #05684a; }
@media (prefers-color-scheme: dark) { :root { --text: #e7ebef; --soft: #a4afba; --ground: #14181c; --panel: #1e252b; --line: #39434d; --link: #7cc4f2; --bad: #ff9a66; --good: #6fd3ac; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, 'Helvetica Neue', Arial, sans-serif; color: var(--text); background: var(--ground); margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.soft { color: var(--soft); font-size: .9rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0; }
.panel h2 { font-size: 1rem; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
section, li { overflow-wrap: anywhere; }
li + li { margin-top: .25rem; }
.warn { color: var(--bad); }
ul { padding-left: 1.2rem; margin: .5rem 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
a { color: var(--link); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; max-height: 34rem; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--panel); z-index: 2; vertical-align: bottom; }
tbody th { position: sticky; left: 0; background: var(--ground); font-weight: 400; z-index: 1; }
thead th:first-child { left: 0; z-index: 3; }
th, td { overflow-wrap: normal; }
td { unicode-bidi: isolate; max-width: 24rem; overflow-wrap: break-word; }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: left; }
th[aria-sort=ascending] button::after { content: ' ▲'; }
th[aria-sort=descending] button::after { content: ' ▼'; }
td.cells { min-width: 16rem; color: var(--soft); overflow-wrap: anywhere; }
td.cells ul { list-style: none; margin: 0; padding: 0; }
td b, li b { font-weight: 600; color: var(--text); }
.more { display: flex; align-items: center; gap: 1rem; }
[hidden] { display: none !important; }
#found { max-width: 46rem; }
#found h3 { scroll-margin-top: 1rem; }
img { image-rendering: pixelated; width: 48px; height: auto; background: #fff; border: 1px solid var(--line); vertical-align: middle; margin-right: .4rem; }
label { font-weight: 600; }
input { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .5rem; width: 9rem; }
.go { font: inherit; border: 1px solid var(--line); border-radius: 6px; padding: .3rem .8rem; background: var(--link); color: var(--ground); cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
`;
