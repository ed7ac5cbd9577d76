/** @file How the console of a browser shows matrices. */
import { isMatrix } from './border/matrix.ts';

/** Rows and columns that the console is given at most. */
const SHOWN = 100;

/** A node of the console's markup: a tag, attributes, children. */
export type MarkupNode = readonly [
  tag: string,
  attributes: { readonly style?: string },
  ...(MarkupNode | string)[],
];

/**
 * A custom formatter for the console of a browser, with which it shows a {@link Matrix} as a table. `console.log(String(a))` needs none.
 *
 * Push it once per page; Chrome asks for "Custom formatters" in the settings of its tools, Firefox likewise.
 * @example (globalThis.devtoolsFormatters ??= []).push(devtoolsFormatter)
 */
export const devtoolsFormatter: {
  readonly header: (value: unknown) => MarkupNode | null;
  readonly hasBody: (value: unknown) => boolean;
  readonly body: (value: unknown) => MarkupNode | null;
} = {
  header: (value) => (isMatrix(value) ? ['span', {}, `Matrix [${value.rows}, ${value.cols}]`] : null),
  hasBody: isMatrix,
  body: (value) => {
    if (!isMatrix(value)) return null;
    const { rows, cols, data } = value;
    const lines = Array.from({ length: Math.min(rows, SHOWN) }, (_, i): MarkupNode => {
      const row = Array.from(data.subarray(i * cols, i * cols + Math.min(cols, SHOWN)));
      return [
        'tr',
        {},
        ...row.map((x): MarkupNode => ['td', { style: 'text-align: right; padding: 0 .5em' }, String(x)]),
      ];
    });
    return ['table', {}, ...lines];
  },
};
