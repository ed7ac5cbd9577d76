/** @file Sequences of characters of Moby-Dick: chapters 1 to 40 for training, 41 to 50 for queries. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ClassificationData } from '../../../autodiff/index.ts';
import { Matrix, rng } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { digest, digestBytes, digestNumbers } from '../../files/digest.ts';

/** Which sequences. `splitSeed` names the draw. */
export interface TextConfig {
  readonly dataset: 'moby-dick';
  readonly train: number;
  readonly queries: number;
  /** Characters that a sequence predicts: each the one behind those that it has seen. */
  readonly length: number;
  readonly splitSeed: number;
}

/** Both sets as a network sees them. Labels are the next characters, [n · length]. */
export interface PreparedText {
  readonly train: ClassificationData;
  readonly query: ClassificationData;
  /** Digest of every number above. */
  readonly hash: string;
}

/** The characters that are told apart; a token is a place in it. */
export const ALPHABET = ' abcdefghijklmnopqrstuvwxyz.,;\'"-!?';

const FILE = fileURLToPath(new URL('../../../../data/moby-dick.txt.gz', import.meta.url));
const SHA256 = 'cd539ec607cf8a33617563a8bd76d064b68357cdd8619bf2efe13fde3367ed12';
/** Where the queries' part of the book begins. */
const QUERIES_FROM = '\nCHAPTER 41.';

let loaded: string | undefined;

/** The text as it is in the file, read once. @throws {CommandError} the file is missing or is not what it was. */
export function loadMobyDick(): string {
  if (loaded === undefined) {
    if (!existsSync(FILE))
      throw new CommandError(
        `${FILE} is not there: the text of Moby-Dick comes with the repository, not with the package. Ask for networks that read images, or run a checkout.`,
      );
    const bytes = gunzipSync(readFileSync(FILE));
    const sha256 = digestBytes(bytes);
    if (sha256 !== SHA256) throw new CommandError(`${FILE} has been changed (SHA-256 ${sha256}).`);
    loaded = new TextDecoder().decode(bytes);
  }
  return loaded;
}

/** Lower case, straight quotes, dashes as hyphens; runs of anything else, digits and colons among it, are one space. */
export function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, '-')
    .replace(/[^a-z.,;'"!?-]+/g, ' ');
}

/** Tokens of a plain text. */
export function tokensOf(text: string): number[] {
  return Array.from(text, (character) => ALPHABET.indexOf(character));
}

/** The text of tokens. */
export function textOf(tokens: ArrayLike<number>): string {
  return Array.from(tokens, (token) => ALPHABET[token]).join('');
}

const memo = new Map<string, PreparedText>();

/** Draws sequences. Equal configurations share one result. @throws {CommandError} more than there are. */
export function prepareMobyDick(config: TextConfig): PreparedText {
  const key = digest(config);
  const known = memo.get(key);
  if (known !== undefined) return known;
  const text = loadMobyDick();
  const end = text.indexOf(QUERIES_FROM);
  const { train: count, queries, length, splitSeed } = config;
  const train = drawSequences(text.slice(0, end), count, length, splitSeed, 'train');
  const query = drawSequences(text.slice(end), queries, length, splitSeed, 'query');
  const of = ({ inputs, labels }: ClassificationData): unknown => [
    digestNumbers(inputs.data),
    Array.from(labels),
  ];
  const prepared = { train, query, hash: digest({ train: of(train), query: of(query) }) };
  memo.set(key, prepared);
  return prepared;
}

/**
 * Sequences without overlap: the part is cut into pieces of length + 1 characters, of which rng(seed, 'moby-dick', name) draws without replacement,
 * in the order of the book. A piece is `length` inputs, and as many labels one place on.
 */
function drawSequences(
  part: string,
  count: number,
  length: number,
  seed: number,
  name: string,
): ClassificationData {
  const tokens = tokensOf(plainText(part));
  const pieces = Math.floor(tokens.length / (length + 1));
  if (count > pieces)
    throw new CommandError(`${count} sequences are asked for, there are ${pieces} for '${name}'.`);
  const drawn = rng(seed, 'moby-dick', name).subset(pieces, count);
  const inputs = new Matrix(count, length);
  const labels = new Int32Array(count * length);
  for (const [k, piece] of drawn.entries()) {
    const first = piece * (length + 1);
    inputs.row(k).set(tokens.slice(first, first + length));
    labels.set(tokens.slice(first + 1, first + 1 + length), k * length);
  }
  return { inputs, labels };
}
