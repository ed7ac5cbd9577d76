/** @file Every field of a JSON value replaced by every kind of wrong value, or removed. */

type Path = readonly (string | number)[];
type Tree = { [key: string]: unknown };

/** Values of every kind; `undefined` stands for removal. */
const WRONG: readonly unknown[] = [
  ...[null, true, 'x', '', 'two\nlines', 'long '.repeat(2000), '__proto__', '../../etc/passwd'],
  ...[-1, 0.5, 1e300, Number.MAX_SAFE_INTEGER + 2, [], {}, [1, 2], { lo: 1 }, undefined],
];

/** Every leaf's path, and every object's and list's. */
function paths(value: unknown, at: Path = []): Path[] {
  const here = at.length === 0 ? [] : [at];
  if (typeof value !== 'object' || value === null) return here;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...here, ...entries.flatMap(([key, item]) => paths(item, [...at, key]))];
}

function replaced(tree: unknown, at: Path, value: unknown): unknown {
  const copy = structuredClone(tree);
  let node = copy as Tree;
  for (const key of at.slice(0, -1)) node = node[key] as Tree;
  const last = at[at.length - 1];
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy;
}

/** A changed tree and what was changed, e.g. "checkpoints.0.step = -1". */
export interface JsonMutant {
  readonly label: string;
  readonly field: string;
  readonly tree: unknown;
}

/** All mutants that differ from the tree. */
export function jsonMutants(tree: unknown): JsonMutant[] {
  const text = JSON.stringify(tree);
  return paths(tree).flatMap((at) =>
    WRONG.map((wrong) => ({
      label: `${at.join('.')} = ${JSON.stringify(wrong)?.slice(0, 60)}`,
      field: at.join('.'),
      tree: replaced(tree, at, wrong),
    })).filter((mutant) => JSON.stringify(mutant.tree) !== text),
  );
}
