/** @file Texts that mean that a cell is missing. */

/** In lower case: a cell that is one of these, blanks around it aside, is missing. */
export const MISSING_WORDS: readonly string[] = [
  '',
  'na',
  'n/a',
  '#n/a',
  '<na>',
  'nan',
  '-nan',
  'null',
  'nil',
  'none',
  'missing',
  'unknown',
  '?',
  '-',
  '--',
  '.',
];

const WORDS = new Set(MISSING_WORDS);

/** Whether a cell is missing. */
export function isMissing(cell: string): boolean {
  return cell.length <= 9 && WORDS.has(cell.trim().toLowerCase());
}
