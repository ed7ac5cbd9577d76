/** @file Laws that every method of the registry keeps. */
import { describe, expect, test } from 'vitest';
import { selectExamples } from '../../../src/autodiff/dataset.ts';
import { exampleValues } from '../../../src/autodiff/per-example.ts';
import { groupEffect } from '../../../src/influence/judging/group-effect.ts';
import { attribute, attributeSelf, methodAttributor } from '../../../src/influence/methods/attribute.ts';
import type { AttributionResult } from '../../../src/influence/methods/attribution-result.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { isRule } from '../../../src/influence/methods/option.ts';
import { METHOD_NAMES, METHODS } from '../../../src/influence/methods/registry.ts';
import { DomainError, ShapeError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { expectClose, relativeError } from '../../helpers/close.ts';
import { models, N, Q, QUICK, queries, train, trajectories } from './trained.ts';

function run(
  method: MethodName,
  options: MethodOptions = QUICK[method] ?? {},
  which: readonly number[] = [0],
  asked = queries,
): AttributionResult {
  return attribute({
    method,
    options,
    models: which.map((i) => models[i]),
    runs: which.map((i) => ({ seed: 0, path: ['trajectory', i] })),
    ...(METHODS[method].needsTrajectory ? { trajectories: which.map((i) => trajectories[i]) } : {}),
    train,
    queries: asked,
  });
}

const firstSingle = new Map(METHOD_NAMES.map((method) => [method, run(method)]));
const single = (method: MethodName): AttributionResult => {
  const found = firstSingle.get(method);
  if (found === undefined) throw new Error(method);
  return found;
};

for (const method of METHOD_NAMES)
  describe(method, () => {
    const options = QUICK[method] ?? {};
    const description = METHODS[method];
    const fitted = methodAttributor(method, options, trajectories[0]).fit(models[0], train);

    test('one score per query and example, with its record', () => {
      const { scores, measurement, reduction, models: count, seconds, coverage } = single(method);
      expect([scores.rows, scores.cols]).toEqual([Q, N]);
      expect(scores.data.every(Number.isFinite)).toBe(true);
      expect([measurement, reduction, count, seconds]).toEqual(['loss', 'mean', 1, undefined]);
      expect(coverage.of).toBe(models[0].model.parameterCount);
      expect(scores.data.some((value) => value < 0) || method === 'label').toBe(true);
    });

    test('equal bits when asked again, and as an attributor', () => {
      expect(fitted.diagnose(queries).scores.data).toEqual(single(method).scores.data);
      expect(fitted.score(queries).data).toEqual(single(method).scores.data);
    });

    test('a row depends on its own query only', () => {
      const some = Int32Array.of(4, 1);
      const part = fitted.score(selectExamples(queries, some));
      const { scores } = single(method);
      for (const [at, q] of some.entries())
        expect(relativeError(part.row(at), scores.row(q))).toBeLessThan(1e-12);
    });

    test('self-influence is the diagonal of the training set as queries', () => {
      const all = fitted.score(train);
      const { values } = attributeSelf({
        method,
        options,
        models: models.slice(0, 1),
        trajectories: trajectories.slice(0, 1),
        train,
      });
      const scale = Math.max(...all.data.map(Math.abs));
      const diagonal = Float64Array.from({ length: N }, (_, i) => all.at(i, i));
      expectClose(values, diagonal, { atol: 1e-11 * scale });
    });

    test('an ensemble is the mean of its members; TRAK has its own rule', () => {
      const both = run(method, options, [0, 1]);
      const other = run(method, options, [1]);
      const mean = single(method).scores.data.map((value, k) => (value + other.scores.data[k]) / 2);
      expect(both.models).toBe(2);
      if (description.fitMany === undefined) {
        expect(both.scores.data).toEqual(mean);
        expect([both.settings.length, both.diagnostics.length]).toEqual([2, 2]);
        // √((d/2)² · 2 / 2) = |d|/2 for two members that differ by d
        const gap = single(method).scores.data.map((value, k) => Math.abs(value - other.scores.data[k]) / 2);
        expectClose(both.modelErrors?.data ?? [], gap, { rtol: 1e-12, atol: 1e-300 });
      } else {
        expect(both.scores.data).not.toEqual(mean);
        expect(both.settings.length).toBe(1);
      }
    });

    test('the settings that are reported give the same bits when they are asked for', () => {
      const { settings, scores } = single(method);
      const known = description.hyperparameters.map(({ name }) => name);
      const again = Object.fromEntries(
        known
          .filter((name) => settings[0][name] !== undefined && !isDerived(method, name))
          .map((name) => [name, settings[0][name]]),
      ) as MethodOptions;
      expect(run(method, again).scores.data).toEqual(scores.data);
    });

    test('every option has a rule and a reason, and is reported', () => {
      const [settings] = single(method).settings;
      for (const { name, meaning, rule, reason } of description.hyperparameters) {
        for (const text of [meaning, rule, reason]) expect(text.length).toBeGreaterThan(0);
        const shownAsRule = name === 'damping' && settings['rule'] !== undefined;
        expect(settings[name] !== undefined || shownAsRule, name).toBe(true);
      }
    });

    test('every default that is a value is the one that is used', () => {
      const { settings } = attribute({
        method,
        options: Object.fromEntries(Object.entries(options).filter(([name]) => !isValue(method, name))),
        models: models.slice(0, 1),
        trajectories: trajectories.slice(0, 1),
        train,
        queries: selectExamples(queries, Int32Array.of(0)),
      });
      for (const option of description.hyperparameters)
        if (isValue(method, option.name)) expect(settings[0][option.name]).toEqual(option.default);
    });

    test('effects of groups add up', () => {
      const { scores } = single(method);
      const [one, other, both] = [[3, 7], [10], [3, 7, 10]].map((set) =>
        groupEffect(scores, Int32Array.from(set)),
      );
      const scale = Math.max(...scores.data.map(Math.abs));
      for (let q = 0; q < Q; q++) expectClose([one[q] + other[q]], [both[q]], { atol: 1e-15 * scale });
    });

    test('options of other methods are refused by name', () => {
      const foreign = (['chains', 'rank', 'dimension', 'alpha', 'segments', 'rule', 'gamma'] as const).filter(
        (name) => description.hyperparameters.every((known) => known.name !== name),
      );
      expect(foreign.length).toBeGreaterThan(0);
      for (const name of foreign)
        expect(() => run(method, { [name]: 2 })).toThrow(new RegExp(`${method} does not read ${name}`));
    });

    if (description.needsTrajectory)
      test('without the checkpoints it is refused', () => {
        const job = { method, models: models.slice(0, 1), train, queries };
        expect(() => attribute(job)).toThrow(UnsupportedError);
        expect(() => methodAttributor(method)).toThrow(UnsupportedError);
      });
  });

/** Whether the default of an option is a value, and cheap to try. */
function isValue(method: MethodName, name: string): boolean {
  if (['chains', 'draws', 'iterations', 'dimension'].includes(name)) return false;
  return METHODS[method].hyperparameters.some((option) => option.name === name && !isRule(option.default));
}

/** Every option has one flag, whatever method reads it. */
test('options of one name are written down alike', () => {
  const all = METHOD_NAMES.flatMap((method) => METHODS[method].hyperparameters);
  for (const { name, values, placeholder, brief } of all) {
    const first = all.find((option) => option.name === name);
    expect([name, values.form, placeholder, brief]).toEqual([
      name,
      first?.values.form,
      first?.placeholder,
      first?.brief,
    ]);
    for (const text of [placeholder, brief]) expect(text.length, name).toBeGreaterThan(0);
  }
});

test('every method says what it approximates, what it costs and who wrote of it', () => {
  for (const method of METHOD_NAMES) {
    const { label, approximates, cost, reference } = METHODS[method];
    for (const text of [label, approximates, cost.fit, cost.score, cost.memory, reference])
      expect(text.length, method).toBeGreaterThan(0);
  }
});

test('a value that an option cannot have is refused by the name of the option', () => {
  for (const method of METHOD_NAMES)
    for (const { name } of METHODS[method].hyperparameters)
      expect(() => run(method, { [name]: Symbol('no value') }), `${method} ${name}`).toThrow(DomainError);
});

/** Reported for the reader: per layer, per segment, or the other face of another option. */
function isDerived(method: MethodName, name: string): boolean {
  if (name === 'damping') return ['bif', 'bif-correlation', 'datainf', 'logra'].includes(method);
  return method === 'astra-source' && name === 'alpha';
}

test('names of the table are its keys; no name twice', () => {
  expect(Object.entries(METHODS).map(([key, { name }]) => key === name)).not.toContain(false);
  expect(new Set(METHOD_NAMES).size).toBe(METHOD_NAMES.length);
});

test('jobs that make no sense are refused', () => {
  const job = { method: 'grad-dot', models, train, queries } as const;
  expect(() => attribute({ ...job, models: [] })).toThrow(ShapeError);
  expect(() => attribute({ ...job, method: 'magic' as 'ggn' })).toThrow(DomainError);
  expect(() => attribute({ ...job, trajectories: trajectories.slice(0, 1) })).toThrow(ShapeError);
  expect(() => attribute({ ...job, options: { measurement: 'joy' as 'loss' } })).toThrow(DomainError);
  const rules = { rule: { kind: 'damped', lambda: 1 }, damping: 1 } as const;
  expect(() => attribute({ ...job, method: 'ggn', options: rules })).toThrow(UnsupportedError);
  expect(() => attribute({ ...job, method: 'bif', options: { gamma: 1, damping: 1 } })).toThrow(
    UnsupportedError,
  );
});

test('seconds by the clock that is given', () => {
  let at = 0;
  const now = (): number => {
    at += 500;
    return at;
  };
  const { seconds } = attribute({ method: 'grad-dot', models, train, queries, now });
  expect(seconds).toEqual({ fit: 0.5, score: 0.5 });
});

test('bounds and errors of several models are means of theirs', () => {
  const both = run('astra', QUICK.astra, [0, 1]);
  const [a, b] = both.diagnostics;
  for (const name of ['bounds', 'standardErrors'] as const) {
    const mean = a[name]?.data.map((value, k) => (value + (b[name]?.data[k] ?? Number.NaN)) / 2);
    expect(both[name]?.data).toEqual(mean);
  }
  const exact = run('cg', { tolerance: 1e-13 }, [0, 1]).scores;
  const bounds = both.bounds ?? exact;
  for (let k = 0; k < exact.data.length; k++)
    expect(Math.abs(both.scores.data[k] - exact.data[k])).toBeLessThanOrEqual(bounds.data[k]);
});

test('scores of the margin are those of the loss times −1/(1 − p), p the probability of the query’s class', () => {
  const losses = exampleValues(models[0].model, 'cross-entropy', models[0].theta, queries);
  const loss = run('cg', { tolerance: 1e-13 }).scores;
  const margin = run('cg', { tolerance: 1e-13, measurement: 'margin' }).scores;
  for (let q = 0; q < Q; q++) {
    const factor = 1 / Math.expm1(-losses[q]); // −1/(1 − p)
    expect(
      relativeError(
        margin.row(q),
        loss.row(q).map((value) => factor * value),
      ),
    ).toBeLessThan(1e-10);
  }
});

test('CG with a number of iterations of yours returns what it has; its history ends in its residual', () => {
  const { diagnostics, scores } = run('cg', { damping: 1e-3, iterations: 3 });
  const [{ residuals, status, history, iterations }] = diagnostics;
  expect(Array.from(iterations ?? [])).toEqual(new Array(Q).fill(3));
  expect(new Set(status)).toEqual(new Set(['iteration-limit']));
  expect(Array.from(history?.iterations ?? [])).toEqual([0, 1, 2, 3]);
  expectClose(history?.residuals.row(3) ?? [], residuals ?? [], { rtol: 1e-9 });
  expectClose(history?.residuals.row(0) ?? [], new Array(Q).fill(1), { rtol: 1e-12 });
  expect(relativeError(scores.data, run('ggn', { damping: 1e-3 }).scores.data)).toBeGreaterThan(1e-6);
  expect(() => run('cg', { curvature: 'hessian', damping: 0, iterations: 60 })).toThrow(/negative curvature/);
});

test.each<[string, MethodName, MethodOptions, RegExp | undefined]>([
  ['no rule for λ', 'source', { damping: 'auto' } as never, /damping must be finite and ≥ 0, got 'auto'/],
  ['no rule for λ', 'astra-source', { damping: 'auto' } as never, /damping must be finite and ≥ 0, got 'auto'/],
  ['no labels', 'source', { curvature: 'hessian', fisher: { kind: 'empirical' } }, /source: fisher has no effect with curvature hessian\./],
  ['no blocks', 'source', { curvature: 'ggn', partition: 'layer' }, /source: partition has no effect with curvature ggn\./],
  ['equal runs', 'lissa', { batch: 'full', repeats: 2 }, /lissa: repeats has no effect on the full batch, whose runs are all alike: give a batch/],
  ['equal runs, by default', 'astra', { repeats: 2 }, /astra: repeats has no effect on the full batch/],
  ['equal runs', 'astra-source', { batch: 'full', repeats: 2 }, /astra-source: repeats has no effect on the full batch/],
  ['one run', 'astra', { batch: 'full', repeats: 1 }, undefined],
  ['labels of the GGN', 'source', { curvature: 'ggn', fisher: { kind: 'empirical' } }, undefined],
])('an option without effect is refused, even its default: %s, %s', (_, method, options, how) => {
  const call = (): AttributionResult => run(method, options);
  if (how === undefined) expect(call().scores.rows).toBe(Q);
  else expect(call).toThrow(how);
}); // biome-ignore format: a table
