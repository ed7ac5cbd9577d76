/** @file The recipe for a curvature, carried out as docs/recipes.md says, used end to end, and with each step left out. */
import { afterAll, describe, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';
import { COMMAND } from './command-of-copy.ts';

const BLOCKS = recipe('A curvature');
const FILE = 'src/curvature/scalar-ggn.ts';
const COPY = new ScratchCopy([
  'test/curvature/exactness.test.ts',
  'test/influence/methods/laws.test.ts',
  'test/influence/methods/trained.ts',
  'test/helpers',
]);
afterAll(() => COPY.remove());

/** Scores by name in the library and on the command line, beside ∇m·∇L/(tr G/D + λ) with the G of the exact GGN. */
const USE = `${COMMAND}
import { CURVATURE_KINDS, CURVATURES, LADDER } from './src/curvature/index.ts';
import { perExampleGradients } from './src/autodiff/per-example.ts';
import { averagedCurvature } from './src/influence/source/averaged-curvature.ts';
import { attribute, METHOD_NAMES } from './src/influence/index.ts';
import { METHODS as PAPER } from './src/experiments/protocol/methods.ts';

const problem = { ...fitted, data: train };
const g = CURVATURES.ggn.matrix(problem);
const mean = Array.from({ length: g.rows }, (_, p) => g.at(p, p)).reduce((a, b) => a + b, 0) / g.rows;
const [m, l] = [queries, train].map((data) => perExampleGradients(model, 'cross-entropy', theta, data));
const expected = Array.from({ length: 36 }, (_, k) =>
  m.row(Math.floor(k / 9)).reduce((sum, value, p) => sum + (value * l.at(k % 9, p)) / (mean + 0.1), 0));
const far = (a: ArrayLike<number>): number => Math.max(...expected.map((value, k) => Math.abs(value - a[k])));
const { scores } = attribute({ method: 'scalar-ggn', options: { damping: 0.1 }, models: [fitted], train, queries });
const influence = await cli('influence', ...NETWORK, ...EXAMPLES, '--method', 'scalar-ggn', '--damping', '0.1', '--out', at('s.npy'));
const matrix = await cli('curvature', ...NETWORK, '--inputs', at('tx.npy'), '--labels', at('ty.npy'), '--method', 'scalar-ggn', '--out', at('c.npy'));
const refused = await cli('curvature', ...NETWORK, '--inputs', at('tx.npy'), '--labels', at('ty.npy'), '--method', 'scalar-ggn', '--partition', 'tensor', '--out', at('d.npy'));
const list = await cli('influence', '--list');
const averaged = averagedCurvature('scalar-ggn', [problem, problem]).toDense();
console.log(JSON.stringify({
  library: far(scores.data), command: [influence.code, influence.code === 0 ? far(npy('s.npy')) : influence.text],
  matrix: [matrix.code, Array.from(npy('c.npy')).filter((x) => x !== 0).length, matrix.text.includes('Scalar GGN')],
  refused: [refused.code !== 0, refused.text], listed: list.text.includes('scalar-ggn (Scalar GGN): the GGN method with one'),
  averaged: Math.max(...averaged.data.map((x, k) => Math.abs(x - (k % 7 === 0 ? mean : 0)))),
  names: [METHOD_NAMES.includes('scalar-ggn'), CURVATURE_KINDS.length, LADDER.length, PAPER.length],
}));
`;

/** The least that needs the curvature by name, and everything that loops over the table. */
const NAMES = `
import { CURVATURES } from './src/curvature/registry.ts';
import { attribute } from './src/influence/methods/attribute.ts';

CURVATURES['scalar-ggn'].label satisfies string;
export const job: Parameters<typeof attribute>[0]['method'] = 'scalar-ggn';
`;

function followed(blocks = BLOCKS): ScratchCopy {
  const copy = COPY.restore().follow(blocks);
  copy.write('use.ts', USE);
  copy.write('names.ts', NAMES);
  return copy;
}

test('the curvature works end to end, by its name, and is no rung of the ladder', () => {
  const copy = followed();
  expect(copy.typeErrors('use.ts')).toEqual([]);
  const { library, command, matrix, refused, listed, averaged, names } = JSON.parse(copy.run('use.ts'));
  expect(library).toBeLessThan(1e-13);
  expect(command).toEqual([0, expect.any(Number)]);
  expect(command[1]).toBeLessThan(1e-13);
  expect(matrix).toEqual([0, 6, true]);
  expect(refused).toEqual([true, expect.stringContaining('--partition does not apply to scalar-ggn')]);
  expect(listed).toBe(true);
  expect(averaged).toBeLessThan(1e-14);
  expect(names).toEqual([true, 8, 5, 6]);
});

describe('a step left out', () => {
  test.each(BLOCKS.map(({ file, place }, i) => [`${file} ${place ?? ''}`, i] as const))(
    '%s: the compiler says so',
    (_, left) => {
      expect(followed(BLOCKS.filter((_, i) => i !== left)).typeErrors('names.ts')).not.toEqual([]);
    },
  );

  test.each(['label', 'structure', 'reads', 'build', 'matrix'])('%s: the compiler says so', (member) => {
    const copy = followed();
    const text = copy.read(FILE);
    const without = text.replace(new RegExp(`^  ${member}: [^]*?,\\n(?=  \\S|\\};)`, 'm'), '');
    expect(without).not.toBe(text);
    copy.write(FILE, without);
    expect(copy.typeErrors('names.ts').join()).toContain(`Property '${member}' is missing`);
  });

  test.each([
    ['an option that it does not read', "reads: ['fisher']", "reads: ['fisher', 'partition']"],
    ['an option that it reads', "reads: ['fisher']", 'reads: []'],
    ['a promise that it does not keep', "structure: 'psd',\n  reads", "structure: 'symmetric',\n  reads"],
  ])('%s: the laws say so, in step 3', (_, from, to) => {
    const copy = followed();
    copy.edit(FILE, from, to);
    expect(copy.typeErrors('names.ts')).toEqual([]);
    expect(() => copy.test('test/curvature/exactness.test.ts')).toThrow(/× .*scalar-ggn/);
  });

  test('its words: the laws say so, in step 3', () => {
    const copy = followed();
    const text = copy.read(FILE);
    copy.write(FILE, text.replace(/^ {2}about: [\s\S]*?^ {2}\},\n/m, ''));
    expect(copy.read(FILE)).not.toBe(text);
    expect(() => copy.test('test/influence/methods/laws.test.ts')).toThrow(
      /every method says what it approximates[\s\S]*scalar-ggn/,
    );
  });
});
