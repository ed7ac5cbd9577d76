/** @file Which tokens and words of training sequences are related to those of a query, and whether related ones have higher scores. */
import { type ClassificationData, datasetSize } from '../../autodiff/index.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { ALPHABET } from '../protocol/data/moby-dick.ts';

/**
 * A question to scores: of two groups of training tokens, or words, given one of the query, whether those of the first have higher scores than those of the
 * second. The answer is the probability that one of the first, drawn at random, has (ties count half), the mean over what the query has: ½ is chance.
 */
export interface Contrast {
  readonly id: string;
  readonly of: 'characters' | 'words';
  readonly label: string;
  /** The two groups, for the page. */
  readonly groups: string;
}

/** Every question, in the order of tables. */
export const CONTRASTS = [
  {
    id: 'same',
    of: 'characters',
    label: 'the same character',
    groups: 'characters equal to that of the query, against all others',
  },
  {
    id: 'context',
    of: 'characters',
    label: 'the same character behind the same one',
    groups:
      'of equal characters, those behind the character that the query has before its own, against those behind another',
  },
  {
    id: 'rival',
    of: 'characters',
    label: 'another character behind the same one',
    groups:
      'of other characters, those behind the character that the query has before its own, against those behind another',
  },
  {
    id: 'kind',
    of: 'characters',
    label: 'another character of the same kind',
    groups:
      'of other characters, those of the same kind (vowel, consonant, space, mark), against those of another',
  },
  {
    id: 'place',
    of: 'characters',
    label: 'another character at the same place',
    groups: 'of other characters, those at the same place of their sequence, against those at another',
  },
  {
    id: 'word',
    of: 'words',
    label: 'the same word',
    groups: 'equal words of three letters or more, against other words of as many letters',
  },
  {
    id: 'stem',
    of: 'words',
    label: 'another word with the same first four letters',
    groups:
      'other words of four letters or more with the same first four, against words of four or more with other first four',
  },
] as const satisfies readonly Contrast[];

export type ContrastId = (typeof CONTRASTS)[number]['id'];

/** Answers, and how many tokens or words of the queries they are means over; null where no query has both groups. */
export interface Answers {
  readonly means: Readonly<Record<ContrastId, number | null>>;
  readonly asked: Readonly<Record<ContrastId, number>>;
}

/** Every question to the scores of all pairs of tokens, [nQuery · P, N · P]. Words have the sums of the scores of their characters. */
export function answers(scores: Matrix, train: ClassificationData, queries: ClassificationData): Answers {
  const sums = new Map<ContrastId, { total: number; asked: number }>(
    CONTRASTS.map(({ id }) => [id, { total: 0, asked: 0 }]),
  );
  const [own, other] = [tokensIn(queries), tokensIn(train)];
  const characters: readonly Question<Token>[] = [
    ['same', (a, b) => a.character === b.character, () => true],
    ['context', (a, b) => alike(a, b) && a.before === b.before, alike],
    ['rival', (a, b) => !alike(a, b) && a.before === b.before, (a, b) => !alike(a, b)],
    ['kind', (a, b) => !alike(a, b) && a.kind === b.kind, (a, b) => !alike(a, b)],
    ['place', (a, b) => !alike(a, b) && a.place === b.place, (a, b) => !alike(a, b)],
  ];
  ask(scores, own, other, characters, sums);
  const [asked, known] = [wordsIn(queries), wordsIn(train)];
  const long = ({ text }: Word): boolean => text.length >= 4;
  const words: readonly Question<Word>[] = [
    [
      'word',
      (a, b) => a.text.length >= 3 && a.text === b.text,
      (a, b) => a.text.length >= 3 && a.text.length === b.text.length,
    ],
    [
      'stem',
      (a, b) => long(a) && a.text !== b.text && stem(a) === stem(b),
      (a, b) => long(a) && long(b) && a.text !== b.text,
    ],
  ];
  ask(wordScores(scores, asked, known), asked, known, words, sums);
  const read = <T>(of: (sum: { total: number; asked: number }) => T): Record<ContrastId, T> =>
    Object.fromEntries([...sums].map(([id, sum]) => [id, of(sum)])) as Record<ContrastId, T>;
  return {
    means: read(({ total, asked: count }) => (count === 0 ? null : total / count)),
    asked: read(({ asked: count }) => count),
  };
}

/** A question: what is in the first group, and what is in either. */
type Question<T> = readonly [id: ContrastId, first: (query: T, train: T) => boolean, either: (query: T, train: T) => boolean]; // biome-ignore format: one line

function ask<T>(
  scores: Matrix,
  own: readonly T[],
  other: readonly T[],
  questions: readonly Question<T>[],
  sums: Map<ContrastId, { total: number; asked: number }>,
): void {
  const order = Int32Array.from(other, (_, k) => k);
  const groups = new Uint8Array(other.length);
  for (const [r, query] of own.entries()) {
    const row = scores.row(r);
    order.sort((a, b) => row[a] - row[b]);
    for (const [id, first, either] of questions) {
      for (const [k, one] of other.entries())
        groups[k] = either(query, one) ? (first(query, one) ? 1 : 2) : 0;
      const answer = higherShare(row, order, groups);
      const sum = sums.get(id);
      if (answer === undefined || sum === undefined) continue;
      sum.total += answer;
      sum.asked++;
    }
  }
}

/**
 * The share of pairs of group 1 and group 2 of which that of group 1 has the higher value, ties half: the area under the ROC curve. Undefined where one is empty.
 *
 * @param order - Positions by ascending value.
 */
export function higherShare(values: Vec, order: Int32Array, groups: Uint8Array): number | undefined {
  let [below, firsts, pairs] = [0, 0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    let [tiedFirsts, tiedSeconds] = [0, 0];
    for (; end < order.length && values[order[end]] === values[order[start]]; end++) {
      if (groups[order[end]] === 1) tiedFirsts++;
      else if (groups[order[end]] === 2) tiedSeconds++;
    }
    pairs += tiedFirsts * (below + tiedSeconds / 2);
    firsts += tiedFirsts;
    below += tiedSeconds;
    start = end;
  }
  return firsts === 0 || below === 0 ? undefined : pairs / (firsts * below);
}

/** A character that is predicted. */
interface Token {
  readonly character: number;
  /** The one before it. */
  readonly before: number;
  readonly kind: number;
  readonly place: number;
}

function alike(a: Token, b: Token): boolean {
  return a.character === b.character;
}

/** In the order of rows of token scores. */
function tokensIn({ inputs, labels }: ClassificationData): Token[] {
  const length = inputs.cols;
  return Array.from(labels, (character, k) => ({
    character,
    before: inputs.data[k],
    kind: kindOf(ALPHABET[character]),
    place: k % length,
  }));
}

/** Vowel, consonant, space, mark. */
function kindOf(character: string): number {
  if ('aeiou'.includes(character)) return 0;
  if (character >= 'a' && character <= 'z') return 1;
  return character === ' ' ? 2 : 3;
}

/** A whole word among the characters that a sequence predicts. */
interface Word {
  readonly text: string;
  /** Rows of its characters in token scores: first, and behind the last. */
  readonly rows: readonly [start: number, end: number];
}

const isLetter = (token: number): boolean => {
  const character = ALPHABET[token];
  return character >= 'a' && character <= 'z';
};

function stem({ text }: Word): string {
  return text.slice(0, 4);
}

/** Runs of letters with another character on both sides: what a sequence cuts off is no word. */
export function wordsIn({ inputs, labels }: ClassificationData): Word[] {
  const length = inputs.cols;
  const count = datasetSize({ inputs, labels });
  return Array.from({ length: count }, (_, i) => {
    const of = labels.subarray(i * length, (i + 1) * length);
    const words: Word[] = [];
    // a word that begins at place 0 is whole where the character before it is no letter
    let start = isLetter(inputs.at(i, 0)) ? -1 : 0;
    for (let t = 0; t < length; t++) {
      if (isLetter(of[t])) continue;
      if (start >= 0 && t > start)
        words.push({
          text: Array.from(of.subarray(start, t), (token) => ALPHABET[token]).join(''),
          rows: [i * length + start, i * length + t],
        });
      start = t + 1;
    }
    return words;
  }).flat();
}

/** Scores of all pairs of words: the sums of those of their characters. */
function wordScores(scores: Matrix, queries: readonly Word[], train: readonly Word[]): Matrix {
  const out = new Matrix(queries.length, train.length);
  const sums = new Float64Array(scores.cols);
  for (const [q, { rows }] of queries.entries()) {
    sums.fill(0);
    for (let r = rows[0]; r < rows[1]; r++) {
      const row = scores.row(r);
      for (let k = 0; k < sums.length; k++) sums[k] += row[k];
    }
    for (const [i, { rows: own }] of train.entries()) {
      let sum = 0;
      for (let k = own[0]; k < own[1]; k++) sum += sums[k];
      out.set(q, i, sum);
    }
  }
  return out;
}
