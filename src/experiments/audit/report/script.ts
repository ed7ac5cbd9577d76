/** @file What the page does by itself: tables are sorted by a click, and a row is looked up by its number. */
export const SCRIPT: string = `
'use strict';
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = (row) => { const cell = row.cells[column]; return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value); };
    const order = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
    const body = table.tBodies[0];
    [...body.rows].sort((a, b) => (up ? 1 : -1) * order(key(a), key(b))).forEach((row) => body.append(row));
  }));
}
const known = JSON.parse(document.getElementById('rows').textContent);
const form = document.getElementById('look');
const out = document.getElementById('found');
const line = (parent, text, kind) => { const p = document.createElement('p'); p.textContent = text; if (kind) p.className = kind; parent.append(p); return p; };
const list = (parent, title, effects, word) => {
  line(parent, effects.length === 0 ? title + ': none.' : title + ':');
  const ul = document.createElement('ul');
  for (const [row, text] of effects) {
    const li = document.createElement('li');
    li.textContent = 'Without row ' + row + ' the ' + known.measure + ' on this row would ' + word + ' by ' + text + '.';
    const cells = known.rows[row];
    if (cells) { if (cells.image) { const img = new Image(); img.src = cells.image; img.alt = 'row ' + row; li.append(' ', img); } line(li, cells.given + ' · ' + cells.cells, 'soft'); }
    ul.append(li);
  }
  parent.append(ul);
};
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const row = String(Number(form.elements.row.value));
  const of = known.rows[row];
  out.replaceChildren();
  if (!of) { line(out, 'Row ' + row + ' is not in this page: it is in ranked.csv, or has no target.'); return; }
  if (of.image) { const img = new Image(); img.src = of.image; img.alt = 'row ' + row; out.append(img); }
  line(out, known.target + ': ' + of.given + (of.suggested ? ', the networks say ' + of.suggested : ''));
  line(out, of.cells, 'soft');
  if (of.helped) { list(out, 'Rows that helped it', of.helped, 'rise'); list(out, 'Rows that harmed it', of.harmed, 'fall'); }
  else line(out, 'The rows that helped and harmed it were not computed: they are for the most doubtful rows of a large table.', 'soft');
});
`;
