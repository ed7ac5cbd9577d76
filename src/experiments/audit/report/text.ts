/** @file Paragraphs and lists of plain text. Here stands no figure: the page does without the library that draws them. */
import { escapeXml } from '../../pages/escape.ts';

const classed = (kind: string | undefined): string => (kind === undefined ? '' : ` class="${kind}"`);

/** A paragraph; `kind` is a class of the style sheet. */
export function paragraph(text: string, kind?: string): string {
  return `<p${classed(kind)}>${escapeXml(text)}</p>`;
}

/** A list, nothing where it is empty. */
export function list(texts: readonly string[], kind?: string): string {
  return texts.length === 0
    ? ''
    : `<ul${classed(kind)}>${texts.map((text) => `<li>${escapeXml(text)}</li>`).join('')}</ul>`;
}
