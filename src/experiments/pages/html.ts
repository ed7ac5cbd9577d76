/** @file The few HTML elements that the report is made of. Text that is not markup is escaped here. */

import { escapeXml } from './escape.ts';
import { accessible, type Figure } from './render.ts';
import { type Columns, texts } from './table.ts';

/** A part of the page with a heading. */
export interface Section {
  /** Target of links to it. */
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly body: readonly string[];
  /** What it shows, also written as files. */
  readonly figures: readonly Figure[];
}

/** A table; the first column, or the first few, stand to the left. @throws {Error} a row has more or fewer cells than there are headings. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell, i) => `<${tag}${i < left ? ' class="left"' : ''}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  const uneven = rows.find((row) => row.length !== head.length);
  if (uneven !== undefined)
    throw new Error(
      `a row of ${uneven.length} cells (${uneven.join(', ')}) under ${head.length} headings (${head.join(', ')}).`,
    );
  const body = rows.map((row) => line(row, 'td')).join('');
  return `<div class="wide"><table><thead>${line(head, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}

/** {@link table} of declared columns. */
export function htmlTable<Row>(columns: Columns<Row>, rows: readonly Row[], left = 1): string {
  return table(Object.keys(columns), texts(columns, rows), left);
}

/** Figures of more pixels than this are given more than the width of the text. */
const WIDE = 820;

/** A figure with its caption. */
export function figureHtml({ name, caption, alt, svg }: Figure, title?: string): string {
  const lead = title === undefined ? '' : `<strong>${escapeXml(title)}</strong> `;
  const wide = Number(/width="(\d+)/.exec(svg)?.[1]) > WIDE ? ' class="broad"' : '';
  return `<figure id="${escapeXml(name)}"${wide}>${accessible(svg, alt)}<figcaption>${lead}${escapeXml(caption)}</figcaption></figure>`;
}

/** A paragraph of plain text. */
export function paragraph(text: string, kind?: string): string {
  return `<p${kind === undefined ? '' : ` class="${kind}"`}>${escapeXml(text)}</p>`;
}

/** A list of plain texts. */
export function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
}

/** Folded away; on paper only what the reader opened. */
export function folded(summary: string, body: readonly string[]): string {
  return `<details><summary>${escapeXml(summary)}</summary>${body.join('\n')}</details>`;
}

/** A section as HTML. */
export function sectionHtml({ id, title, body }: Section): string {
  return `<section id="${escapeXml(id)}"><h2>${escapeXml(title)}</h2>\n${body.join('\n')}\n</section>`;
}
