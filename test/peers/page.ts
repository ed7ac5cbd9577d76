/** @file The tables of docs/peers.md, made from docs/peers.json. */

interface Common {
  readonly peer: string;
  readonly what: string;
  /** max |theirs − ours| / max |ours|. */
  readonly difference: number;
}

/** A statement with the figure that was measured for it. */
export type Comparison = Common &
  (
    | { readonly kind: 'agreement'; readonly ours: string; readonly limit: number }
    | {
        readonly kind: 'difference';
        readonly because: string;
        readonly floor: number;
        /** max |theirs − formula| / max |formula|. */
        readonly fromFormula: number;
      }
  );

/** docs/peers.json. */
export interface Report {
  readonly command: string;
  readonly versions: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/** Largest relative difference from the formula that explains a peer: captum adds a float32 identity, TRAK is float32. */
const FORMULA_LIMIT = 1e-5;

/** Why a comparison contradicts its statement; empty if it holds. */
export function refuted(comparison: Comparison): string[] {
  const { kind, peer, what, difference } = comparison;
  const found = `${peer}, ${what}: relative difference ${difference.toExponential(1)}`;
  if (kind === 'agreement')
    return difference <= comparison.limit ? [] : [`${found}, at most ${comparison.limit} was stated`];
  return [
    ...(difference >= comparison.floor ? [] : [`${found}; it was stated to differ`]),
    ...(comparison.fromFormula <= FORMULA_LIMIT
      ? []
      : [`${found}; ${comparison.fromFormula.toExponential(1)} from the stated formula`]),
  ];
}

/** The power of ten that bounds a difference from above. */
const bound = (x: number): string => (x === 0 ? '0' : `< 1e${Math.floor(Math.log10(x)) + 1}`);
/** A command is set as code; what already holds code stays. */
const code = (text: string): string => (text.includes('`') ? text : `\`${text}\``);

/** A large difference, as a person says it. */
function size(x: number): string {
  return x >= 1 ? `${Number(x.toPrecision(2))} ×` : `${Math.round(100 * x)} %`;
}

/** The blocks of docs/peers.md by name. */
export function peerBlocks({ versions, comparisons }: Report): Record<string, string> {
  const agreements = comparisons.flatMap((c) =>
    c.kind === 'agreement' ? [`| ${c.peer} | ${c.what} | ${code(c.ours)} | ${bound(c.difference)} |`] : [],
  );
  const differences = comparisons.flatMap((c) =>
    c.kind === 'difference'
      ? [`| ${c.peer} | ${c.what} | ${c.because} | ${size(c.difference)} | ${bound(c.fromFormula)} |`]
      : [],
  );
  return {
    agreements: [
      '| peer | its number | ours | relative difference |',
      '|---|---|---|---|',
      ...agreements,
    ].join('\n'),
    differences: [
      '| peer | its number | what it computes | from ours | from that formula |',
      '|---|---|---|---|---|',
      ...differences,
    ].join('\n'),
    versions: `${versions.join(', ')}.`,
  };
}
