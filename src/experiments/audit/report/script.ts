/** @file What the page does by itself: tables are sorted by a click, more of their rows are shown, and a row is looked up by its number. */
export const SCRIPT: string = `
'use strict';
const known = JSON.parse(document.getElementById('rows').textContent);
const make = (parent, tag, text, kind) => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  parent.append(element);
  return element;
};
const paint = (img, row) => {
  const uri = known.images[row];
  if (uri) { img.src = uri; img.hidden = false; }
};
const key = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
};
const compare = (a, b) => typeof a !== typeof b ? (typeof a === 'number' ? -1 : 1)
  : typeof a === 'number' ? (a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b)))
  : a.localeCompare(b, undefined, { numeric: true });
for (const table of document.querySelectorAll('table[data-shown]')) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const step = Number(table.dataset.shown);
  const [told, more] = table.parentElement.nextElementSibling.children;
  let shown = step;
  const show = () => {
    const rows = [...body.rows];
    rows.forEach((row, i) => {
      row.hidden = i >= shown;
      if (!row.hidden) for (const img of row.querySelectorAll('img[data-row]:not([src])')) paint(img, img.dataset.row);
    });
    more.hidden = shown >= rows.length;
    told.textContent = rows.length > step ? Math.min(shown, rows.length) + ' of ' + rows.length + ' rows are shown.' : '';
  };
  more.addEventListener('click', () => { shown += step; show(); });
  heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const keyed = [...body.rows].map((row) => [key(row, column), row]);
    keyed.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
    body.append(...keyed.map((pair) => pair[1]));
    show();
  }));
  show();
}
const form = document.getElementById('look');
const out = document.getElementById('found');
const picture = (parent, row) => {
  if (!known.images[row]) return;
  const img = make(parent, 'img', '');
  img.alt = 'row ' + row;
  paint(img, row);
};
const effects = (title, list, word) => {
  make(out, 'h3', title);
  if (list.length === 0) { make(out, 'p', 'None.'); return; }
  const ul = make(out, 'ul', '');
  for (const [row, text] of list) {
    const li = make(ul, 'li', 'Without ');
    make(li, 'a', 'row ' + row).href = '#row=' + row;
    li.append(' the ' + known.measure + ' on this row would ' + word + ' by ' + text + '.');
    const other = known.rows[row];
    if (!other) continue;
    const p = make(li, 'p', '', 'soft');
    picture(p, row);
    make(p, 'b', other.given);
    p.append(' ' + other.cells);
  }
};
const look = (row) => {
  const of = known.rows[row];
  out.replaceChildren();
  make(out, 'h3', 'Row ' + row);
  if (!of) { make(out, 'p', 'Row ' + row + ' is not in this page. It is in ranked.csv, unless it was left out of the audit or the file has no such row.'); return; }
  picture(out, row);
  make(out, 'p', of.cells, 'soft');
  make(out, 'p', known.target + ': ' + of.given + (of.suggested === undefined ? '.' : '; the networks say ' + of.suggested + '.'));
  if (of.rank) make(out, 'p', (of.flagged ? 'A person should look at it: ' : 'Not flagged: ') + 'its score is ' + of.score + ', the ' + known.measure + ' on it ' + of.loss + '. By doubt it is number ' + of.rank + ' of ' + known.total + '.', of.flagged ? 'warn' : '');
  if (of.helped) { effects('Rows that helped it', of.helped, 'rise'); effects('Rows that harmed it', of.harmed, 'fall'); }
  else make(out, 'p', 'The rows that helped and harmed it were not computed: in a large table they are for the most doubtful rows.', 'soft');
};
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const row = String(form.elements.row.valueAsNumber);
  history.replaceState(null, '', '#row=' + row);
  look(row);
});
const follow = () => {
  const found = /^#row=([0-9]{1,9})$/.exec(location.hash);
  if (!found) return;
  form.elements.row.value = found[1];
  look(String(Number(found[1])));
  document.getElementById('row').scrollIntoView();
  out.focus({ preventScroll: true });
};
addEventListener('hashchange', follow);
follow();
`;
