/** @file The style sheet of the report. */
export const STYLE = `
body { font: 16px/1.55 Georgia, 'Times New Roman', serif; color: #222; background: #fff; margin: 0; }
main { max-width: 47rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1, h2, h3, table, figcaption, nav, summary, .found b, .verdict b, .claim cite, .verdict cite, .gap { font-family: Helvetica, Arial, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.25; }
h2 { font-size: 1.3rem; margin-top: 2.75rem; border-top: 1px solid #ddd; padding-top: 1.25rem; }
h3 { font-size: 1.05rem; margin-top: 2.25rem; }
nav { font-size: .85rem; line-height: 1.9; margin: 1.25rem 0; }
nav a { color: #00598c; margin-right: .9rem; white-space: nowrap; }
table { border-collapse: collapse; font-size: .8rem; margin: 1rem 0; width: 100%; }
th, td { text-align: right; padding: .28rem .45rem; border-bottom: 1px solid #e4e4e4; white-space: nowrap; }
th { font-weight: 600; border-bottom: 1px solid #999; vertical-align: bottom; white-space: normal; }
th.left, td.left { text-align: left; }
figure { margin: 1.75rem 0; overflow-x: auto; }
figure svg { display: block; max-width: 100%; min-width: 30rem; height: auto; }
figure.broad { width: min(94vw, 62rem); margin-left: 50%; transform: translateX(-50%); }
figure.broad svg { min-width: 46rem; }
.wide { overflow-x: auto; }
figcaption { font-size: .82rem; color: #555; line-height: 1.45; margin-top: .5rem; }
.answer { background: #f4f7fa; border-left: 4px solid #0072B2; padding: .75rem 1rem; }
.answer p, .answer ul { margin: .4rem 0; }
.headline { font-size: 1.15rem; font-weight: 600; }
.gap { font-size: .85rem; color: #555; }
.digest { overflow-wrap: anywhere; }
.statement { border-left: 4px solid #b5b5b5; padding: .1rem 0 .1rem .9rem; margin: 1rem 0; }
.statement p { margin: .25rem 0; }
.statement.confirmed, .verdict.confirmed { border-color: #0072B2; }
.statement.confirmed-only-under-some-conventions, .verdict.confirmed-only-under-some-conventions { border-color: #E69F00; }
.statement.not-confirmed, .verdict.not-confirmed { border-color: #D55E00; }
.claim cite, .verdict cite { font-style: normal; font-size: .78rem; color: #555; margin-right: .35rem; }
.found b, .verdict b { font-size: .78rem; border: 1px solid #888; border-radius: 3px; padding: .05rem .35rem; margin-right: .35rem; white-space: nowrap; }
ul.verdicts { list-style: none; padding: 0; }
.verdict { border-left: 4px solid #b5b5b5; padding-left: .6rem; font-size: .9rem; }
.verdict a { color: inherit; }
details { margin: .5rem 0 1rem; }
summary { font-size: .82rem; color: #00598c; cursor: pointer; }
.statement details { margin: .1rem 0; }
#settings > details { border-bottom: 1px solid #ddd; padding-bottom: .5rem; }
#settings > details > summary { font-size: 1.05rem; font-weight: 600; }
li { margin: .35rem 0; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin-left: 1.25rem; }
code { font-size: .88em; overflow-wrap: anywhere; }
@media print {
  main { max-width: none; margin: 0; }
  figure, .statement, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  figure svg, figure.broad svg { min-width: 0; }
  figure.broad { width: auto; margin-left: 0; transform: none; }
  th, td { white-space: normal; }
  nav, details:not([open]) { display: none; }
}
`;
