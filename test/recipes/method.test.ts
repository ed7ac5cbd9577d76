/** @file The recipe for an attribution method, carried out as docs/recipes.md says, used end to end, and with each step left out. */
import { afterAll, describe, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';
import { COMMAND } from './command-of-copy.ts';

const BLOCKS = recipe('An attribution method');
const FILE = 'src/influence/methods/input-similarity.ts';
const LAWS = 'test/influence/methods/laws.test.ts';
const COPY = new ScratchCopy([
  LAWS,
  'test/influence/methods/trained.ts',
  'test/helpers',
  'data/digits.csv.gz',
]);
afterAll(() => COPY.remove());

/** Scores by name in the library and on the command line, beside the formula; what is listed, refused, and in the key. */
const USE = `${COMMAND}
import { METHODS_PROFILES } from './src/experiments/methods/methods-profile.ts';
import { scoresTask } from './src/experiments/methods/tasks.ts';
import { settingConfig } from './src/experiments/protocol/profile.ts';
import { attribute, METHOD_NAMES, type OptionsOf } from './src/influence/index.ts';

const options: OptionsOf<'input-similarity'> = { sharpness: 2 };
// @ts-expect-error: it reads no damping
const wrong: OptionsOf<'input-similarity'> = { damping: 2 };
// @ts-expect-error: a number
const word: OptionsOf<'input-similarity'> = { sharpness: 'high' };
const expected = (s: number): number[] => Array.from({ length: 36 }, (_, k) => {
  const [a, b] = [queries.inputs.row(Math.floor(k / 9)), train.inputs.row(k % 9)];
  return Math.tanh(s * (a[0] * b[0] + a[1] * b[1]));
});
const far = (a: ArrayLike<number>, s: number): number => Math.max(...expected(s).map((value, k) => Math.abs(value - a[k])));
const job = { method: 'input-similarity', models: [fitted], train, queries } as const;
const message = (given: object): string => {
  try {
    attribute({ ...job, options: given });
    return 'accepted';
  } catch (error) {
    return String(error);
  }
};
const call = ['influence', ...NETWORK, ...EXAMPLES, '--method', 'input-similarity', '--out', at('s.npy')];
const command = await cli(...call, '--sharpness', '2');
const written = command.code === 0 ? far(npy('s.npy'), 2) : command.text;
const [zero, other, list, help, json] = [
  await cli(...call, '--sharpness', '0'), await cli(...call.map((arg) => (arg === 'input-similarity' ? 'grad-dot' : arg)), '--sharpness', '2'),
  await cli('influence', '--list'), await cli('influence', '--help'), await cli('influence', '--list', '--json'),
];
const setting = settingConfig(METHODS_PROFILES.smoke.base, METHODS_PROFILES.smoke.settings[0], 0, 1);
console.log(JSON.stringify({
  library: [far(attribute({ ...job, options }).scores.data, 2), far(attribute(job).scores.data, 1)],
  refused: [message(wrong), message(word), message({ sharpness: -1 })],
  command: [command.code, written], zero: [zero.code !== 0, zero.text], other: [other.code !== 0, other.text],
  listed: /--sharpness: s, which multiplies the inner product\\.\\n\\s+default: 1\\./.test(list.text), help: /--sharpness <s>\\s+of a similarity/.test(help.text),
  json: JSON.parse(json.text).methods['input-similarity'].options.map(({ name, default: d, flags }: { name: string; default: unknown; flags: string[] }) => [name, d, flags]),
  names: METHOD_NAMES.includes('input-similarity'),
  key: scoresTask(setting, { method: 'input-similarity', kind: 'default', options: {} }, [0]).config,
}));
`;

/** The least that needs the method by name. */
const NAMES = `
import { attribute } from './src/influence/methods/attribute.ts';
import type { OptionsOf } from './src/influence/methods/method-name.ts';

export const name: Parameters<typeof attribute>[0]['method'] = 'input-similarity';
export const options: OptionsOf<'input-similarity'> = { sharpness: 2 };
`;

function followed(blocks = BLOCKS): ScratchCopy {
  const copy = COPY.restore().follow(blocks);
  copy.write('use.ts', USE);
  copy.write('names.ts', NAMES);
  return copy;
}

test('the method works end to end, with its option', () => {
  const copy = followed();
  expect(copy.typeErrors('use.ts')).toEqual([]);
  const { library, refused, command, zero, other, listed, help, json, names, key } = JSON.parse(
    copy.run('use.ts'),
  );
  for (const gap of library) expect(gap).toBeLessThan(1e-14);
  expect(refused[0]).toMatch(
    /UnsupportedError.*input-similarity does not read damping; it reads measurement, sharpness/,
  );
  for (const text of refused.slice(1)) expect(text).toMatch(/DomainError.*sharpness/);
  expect(command[0]).toBe(0);
  expect(command[1]).toBeLessThan(1e-14);
  expect(zero).toEqual([true, expect.stringContaining('Expected a number > 0')]);
  expect(other).toEqual([
    true,
    expect.stringContaining('--sharpness does not apply to grad-dot; it belongs to input-similarity'),
  ]);
  expect([listed, help, names]).toEqual([true, true, true]);
  expect(json).toEqual([['sharpness', 1, ['--sharpness']]]);
  expect(key).toMatchObject({ method: 'input-similarity', options: {}, defaults: { sharpness: 1 } });
});

describe('a step left out', () => {
  test.each(BLOCKS.map(({ file, place }, i) => [`${file} ${place ?? ''}`, i] as const))(
    '%s: the compiler says so',
    (_, left) => {
      expect(followed(BLOCKS.filter((_, i) => i !== left)).typeErrors('names.ts')).not.toEqual([]);
    },
  );

  const members = ['name', 'approximates', 'scaled'];
  const parts = ['values', 'placeholder', 'default'];
  test.each([...members.map((name) => ['  ', name]), ...parts.map((name) => ['      ', name])])(
    '%s%s: the compiler says so',
    (indent, member) => {
      const copy = followed();
      const text = copy.read(FILE);
      const without = text.replace(new RegExp(`^${indent}${member}: .*\\n`, 'm'), '');
      expect(without).not.toBe(text);
      copy.write(FILE, without);
      expect(copy.typeErrors('names.ts').join()).toContain(`'${member}' is missing`);
    },
  );

  test.each([
    [
      'an option without a declaration',
      '  readonly sharpness: number;\n',
      '  readonly sharpness: number;\n  readonly bend: number;\n',
    ],
    ['an option that is not in the interface', '  readonly sharpness: number;\n', ''],
    ['a default of another type', 'default: 1,', "default: 'one',"],
    [
      'a default that is absent without a rule',
      'readonly sharpness: number;',
      'readonly sharpness: number | undefined;',
    ],
  ])('%s: the compiler says so', (_, from, to) => {
    const copy = followed();
    copy.edit(FILE, from, to);
    expect(copy.typeErrors('names.ts')).not.toEqual([]);
  });

  test.each([
    [
      'another name than in the table',
      "name: 'input-similarity'",
      "name: 'input'",
      /names of the table are its keys/,
    ],
    [
      'the report of an option',
      'settings: { sharpness }',
      'settings: {}',
      /every option has a rule and a reason/,
    ],
    ['a self-influence of its own', 'tanh(sharpness * dot', 'tanh(dot', undefined],
  ])('%s: the laws say so, in step 3', (_, from, to, law) => {
    const copy = followed();
    copy.edit(FILE, from, to);
    if (law === undefined) copy.edit(FILE, 'default: 1,', 'default: 0.5,');
    expect(() => copy.test(LAWS)).toThrow(law ?? /self-influence is the diagonal/);
  });
});
