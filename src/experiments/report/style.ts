/** @file The style sheet of the report. */
export const STYLE = `
body { font: 16px/1.55 Georgia, 'Times New Roman', serif; color: #222; background: #fff; margin: 0; }
main { max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
h1, h2, h3, table, figcaption, footer { font-family: Helvetica, Arial, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2.75rem; border-top: 1px solid #ddd; padding-top: 1.25rem; }
h3 { font-size: 1rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: .82rem; margin: 1rem 0; width: 100%; }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid #e4e4e4; white-space: nowrap; }
th { font-weight: 600; border-bottom: 1px solid #999; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
figure { margin: 2rem 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 28rem; height: auto; }
.wide { overflow-x: auto; }
figcaption { font-size: .82rem; color: #555; line-height: 1.45; }
.answer { background: #f4f7fa; border-left: 4px solid #0072B2; padding: .75rem 1rem; }
li { margin: .35rem 0; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin-left: 1.25rem; }
code { font-size: .9em; }
footer { margin-top: 3rem; font-size: .72rem; color: #777; overflow-wrap: anywhere; }
`;
