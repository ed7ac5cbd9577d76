/** @file Texts that differ in nothing but letter case, blanks and hyphens: probably one thing, spelled twice. */
import { quoted } from './answers.ts';

/** Sentences for texts that are told apart by letter case, blanks or hyphens alone. @param what - "Classes", or "Values of …". */
export function spellingWarnings(what: string, texts: readonly string[]): string[] {
  const alike = new Map<string, string[]>();
  for (const text of texts) {
    // between letters alone: A and A- are two grades, 1 and -1 two numbers
    const bare = text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/(?<=\p{L})[\s_-]+(?=\p{L})/gu, '');
    alike.set(bare, [...(alike.get(bare) ?? []), text]);
  }
  const groups = [...alike.values()].filter((group) => group.length > 1);
  if (groups.length === 0) return [];
  const shown = groups.slice(0, 3).map((group) => group.slice(0, 4).map(quoted).join(' and '));
  return [
    `${what} differ in letter case, blanks or hyphens alone: ${shown.join('; ')}${groups.length > 3 ? '; …' : ''}. They are taken for different ones: if they mean the same, spell them alike.`,
  ];
}
