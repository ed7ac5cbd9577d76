/** @file Keys of stored work hold values: no sentence, label or help text is among them, and a default is there as itself. */

import { afterEach, describe, expect, test } from 'vitest';
import { variantsOf } from '../../src/experiments/astra/method.ts';
import { scoresTask as astraScoresTask, networkTask } from '../../src/experiments/astra/tasks.ts';
import { BIF_PROFILES } from '../../src/experiments/bayesian/bif-profile.ts';
import { samplingTask, timingTask } from '../../src/experiments/bayesian/bif-task.ts';
import { APPROACHES } from '../../src/experiments/better-hessians/beyond/approaches.ts';
import { beyondTask } from '../../src/experiments/better-hessians/beyond/beyond-task.ts';
import {
  attributionTask,
  diagnosticsTask,
} from '../../src/experiments/better-hessians/reproduce/reproduce-tasks.ts';
import { studyTask } from '../../src/experiments/better-hessians/study/study-task.ts';
import { studyVariants } from '../../src/experiments/better-hessians/study/variant.ts';
import { type Task, taskIdentity, taskKey } from '../../src/experiments/engine/task.ts';
import { choiceTask, predictionsTask } from '../../src/experiments/ladder/ladder-task.ts';
import { METHODS_PROFILES } from '../../src/experiments/methods/methods-profile.ts';
import { ldsTask, scoresTask } from '../../src/experiments/methods/tasks.ts';
import { gridVariants, plainVariants } from '../../src/experiments/methods/variant.ts';
import { METHODS as LADDER_METHODS } from '../../src/experiments/protocol/methods.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';
import { DEFAULT_SAMPLER } from '../../src/experiments/protocol/sampler-variant.ts';
import { METHOD_NAMES, METHODS } from '../../src/influence/index.ts';
import { TINY } from './astra-setting.ts';

const { base, settings } = METHODS_PROFILES.smoke;
const SETTING = settingConfig(base, settings[0], 0, 2);
const SIZE = { subsets: 4, seeds: 2 };
const HASHED = { setting: TINY, data: 'f'.repeat(64) };
const SAMPLING = { chains: 2, draws: 8 };

const methodTasks = (): Task[] =>
  [...plainVariants(), ...METHOD_NAMES.flatMap((method) => gridVariants(method, 40))].flatMap((variant) => [
    scoresTask(SETTING, variant, [0]),
    ldsTask(SETTING, variant, [0, 1], SIZE),
  ]);

/** The ladder's own reading of defaults. */
const ladderTasks = (): Task[] => [
  choiceTask(SETTING),
  ...(['trajectory', 'source'] as const).map((of) =>
    predictionsTask({ setting: SETTING, source: { kind: 'rung', of }, model: 0, subsets: 4 }),
  ),
];

/** Every kind of task that is stored. */
const tasks = (): Task[] => [
  ...methodTasks(),
  ...LADDER_METHODS.map((method) => attributionTask(SETTING, 0, method)),
  diagnosticsTask(SETTING, 0),
  ...studyVariants().map((variant) => studyTask(SETTING, variant, SIZE)),
  ...APPROACHES.map((approach) => beyondTask(SETTING, 0, approach, SETTING.rule, 10)),
  samplingTask(SETTING, DEFAULT_SAMPLER, SAMPLING),
  timingTask(SETTING, Object.keys(BIF_PROFILES).length, { draws: 2 }),
  networkTask(HASHED, 0),
  ...variantsOf(TINY).map((variant) => astraScoresTask(HASHED, 0, variant, 0, 2)),
];

/** Every string of a tree, names and values. */
function strings(tree: unknown): string[] {
  if (typeof tree === 'string') return [tree];
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => [name, ...strings(value)]);
}

test('no task holds a sentence: its words are names', () => {
  for (const one of tasks()) {
    const { inputs: _keys, ...own } = taskIdentity(one);
    for (const text of strings(own)) expect(text).toMatch(/^[A-Za-z0-9][\w.→/-]{0,40}$/);
  }
});

/** What methods and options are described by. */
const METHOD_WORDS = ['label', 'approximates', 'reference'] as const;
const OPTION_WORDS = ['meaning', 'reason', 'rule', 'brief', 'placeholder'] as const;
type Loose = Record<string, unknown>;

describe('methods', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const back of undo.splice(0)) back();
  });
  const change = (record: Loose, name: string, value: unknown): void => {
    const before = record[name];
    undo.push(() => {
      record[name] = before;
    });
    record[name] = value;
  };
  const options = (): Loose[] =>
    METHOD_NAMES.flatMap((method) => METHODS[method].hyperparameters as unknown as Loose[]);
  const keys = (): string[] => [...methodTasks(), ...ladderTasks()].map(taskKey);

  test('other words about methods, options and rules: the same keys', () => {
    const before = keys();
    for (const method of METHOD_NAMES) {
      const description = METHODS[method] as unknown as Loose;
      for (const word of METHOD_WORDS) change(description, word, `${description[word]} `);
      for (const cost of ['fit', 'score', 'memory'])
        change(description['cost'] as Loose, cost, 'something else');
    }
    for (const option of new Set(options())) {
      for (const word of OPTION_WORDS) change(option, word, `${option[word]} `);
      const value = option['default'] as Loose;
      if (typeof value === 'object' && 'text' in value) change(option, 'default', { ...value, text: 'so.' });
    }
    expect(keys()).toEqual(before);
  });

  test('an option that came later, at the default that is implied: no part of any key', () => {
    const later = [...new Set(options())].filter(({ implied }) => implied !== undefined);
    expect(later.map(({ name }) => name)).toEqual(expect.arrayContaining(['optimiser', 'solver']));
    const before = keys();
    for (const option of later) change(option, 'name', `${option['name']} by another name`);
    expect(keys()).toEqual(before);
  });

  test('another default, another version of a rule, another constant of it: other keys', () => {
    const keyOf = (method: (typeof METHOD_NAMES)[number]): string =>
      taskKey(scoresTask(SETTING, { method, kind: 'default', options: {} }, [0]));
    for (const method of METHOD_NAMES)
      for (const option of METHODS[method].hyperparameters as unknown as Loose[]) {
        const before = keyOf(method);
        const value = option['default'] as Loose;
        const ruled = typeof value === 'object' && 'text' in value;
        change(option, 'default', ruled ? { ...value, version: 99 } : 'another');
        expect(keyOf(method), `${method} ${option['name']}`).not.toBe(before);
        if (!ruled) continue;
        change(option, 'default', { ...value, constants: { another: 1 } });
        expect(keyOf(method)).not.toBe(before);
      }
  });
});
