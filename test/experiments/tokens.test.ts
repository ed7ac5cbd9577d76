/** @file `tokens` on a small run: questions by plain loops, scores by the library, LDS by plain ranks, repeating computes nothing. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClassificationData } from '../../src/autodiff/index.ts';
import { ekfac, ggn, type Problem } from '../../src/curvature/index.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { matrixOf } from '../../src/experiments/engine/stored-array.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { meanOverModels } from '../../src/experiments/judging/estimate.ts';
import { tokensOf } from '../../src/experiments/protocol/data/moby-dick.ts';
import { networkSetup, settingNetwork } from '../../src/experiments/protocol/network-setting.ts';
import { networkSeries, trainingTask } from '../../src/experiments/protocol/network-trainings.ts';
import { openSeries } from '../../src/experiments/protocol/retraining-series.ts';
import { DEFAULT_SAMPLER } from '../../src/experiments/protocol/sampler-variant.ts';
import { agreementOf, overlaps, sequenceScores } from '../../src/experiments/tokens/compared.ts';
import { answers, higherShare, wordsIn } from '../../src/experiments/tokens/relations.ts';
import { curvatureTask, sampledTask, storedSampled } from '../../src/experiments/tokens/token-tasks.ts';
import { judgeTokensClaims } from '../../src/experiments/tokens/tokens-claims.ts';
import { TOKENS_PROFILES, tokensSetting } from '../../src/experiments/tokens/tokens-profile.ts';
import { TOKENS_RESULTS, type TokenResults } from '../../src/experiments/tokens/tokens-results.ts';
import { drawSubsets, gradientDot, influenceFunction, resolveSampler } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A text of equal lines, each with the character behind it, as a network reads it. */
function read(...lines: readonly string[]): ClassificationData {
  const tokens = lines.map(tokensOf);
  return {
    inputs: Matrix.of(tokens.map((own) => own.slice(0, -1))),
    labels: Int32Array.from(tokens.flatMap((own) => own.slice(1))),
  };
}

describe('questions', () => {
  test('the share of pairs in order, ties half, by all pairs', () => {
    const random = rng(2, 'shares');
    for (const levels of [3, 1000]) {
      const values = Float64Array.from({ length: 60 }, () => random.integer(levels));
      const groups = Uint8Array.from({ length: 60 }, () => random.integer(3));
      const order = Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
      let [wins, pairs] = [0, 0];
      for (let a = 0; a < 60; a++)
        for (let b = 0; b < 60; b++)
          if (groups[a] === 1 && groups[b] === 2) {
            pairs++;
            wins += values[a] > values[b] ? 1 : values[a] === values[b] ? 0.5 : 0;
          }
      expect(higherShare(values, order, groups)).toBeCloseTo(wins / pairs, 14);
    }
    expect(higherShare(Float64Array.of(1, 2), Int32Array.of(0, 1), Uint8Array.of(1, 0))).toBeUndefined();
  });

  test('words are whole: none that a sequence cuts off', () => {
    const words = wordsIn(read('he sea, and a whal', ' call me, ishmael.'));
    expect(words.map(({ text }) => text)).toEqual(['sea', 'and', 'a', 'call', 'me', 'ishmael']);
    expect(words[0].rows).toEqual([2, 5]);
    expect(words[3].rows).toEqual([17, 21]);
  });

  const train = read(' the sea the whale.', 'he whales saw them ', ' a seal and a whale');
  const query = read('e the whale saw it ', ' seas and the sea. ');
  const random = rng(7, 'scores');
  const scores = new Matrix(2 * 18, 3 * 18, random.fillUniform(new Float64Array(36 * 54)));
  const { means, asked } = answers(scores, train, query);

  /** By all pairs; a row asks where it has both groups. */
  function plain(
    first: (q: number, k: number) => boolean,
    second: (q: number, k: number) => boolean,
  ): { mean: number; asked: number } {
    const shares = Array.from({ length: 36 }, (_, q) => {
      const keys = Array.from({ length: 54 }, (_k, k) => k);
      const [a, b] = [keys.filter((k) => first(q, k)), keys.filter((k) => second(q, k))];
      const won = a.flatMap((i) => b.filter((j) => scores.at(q, i) > scores.at(q, j)));
      return won.length / (a.length * b.length);
    }).filter(Number.isFinite);
    return { mean: shares.reduce((x, y) => x + y, 0) / shares.length, asked: shares.length };
  }
  const equal = (q: number, k: number): boolean => query.labels[q] === train.labels[k];
  const behind = (q: number, k: number): boolean => query.inputs.data[q] === train.inputs.data[k];

  test('about characters, by all pairs', () => {
    for (const [id, first, second] of [
      ['same', equal, (q: number, k: number) => !equal(q, k)],
      [
        'context',
        (q: number, k: number) => equal(q, k) && behind(q, k),
        (q: number, k: number) => equal(q, k) && !behind(q, k),
      ],
      [
        'rival',
        (q: number, k: number) => !equal(q, k) && behind(q, k),
        (q: number, k: number) => !equal(q, k) && !behind(q, k),
      ],
      [
        'place',
        (q: number, k: number) => !equal(q, k) && q % 18 === k % 18,
        (q: number, k: number) => !equal(q, k) && q % 18 !== k % 18,
      ],
    ] as const) {
      const own = plain(first, second);
      expect([id, asked[id]]).toEqual([id, own.asked]);
      expectClose([means[id] ?? Number.NaN], [own.mean], { atol: 1e-14 });
    }
  });

  test('about words: sums over their letters', () => {
    // query: the whale saw it | seas and the sea; of them "the", "saw", "and", "sea" are in the training text with others of three letters
    const sum = ([r0, r1]: readonly number[], [c0, c1]: readonly number[]): number => {
      let total = 0;
      for (let r = r0; r < r1; r++) for (let c = c0; c < c1; c++) total += scores.at(r, c);
      return total;
    };
    const own = wordsIn(query);
    const others = wordsIn(train);
    expect(others.map(({ text }) => text)).toEqual([
      'the',
      'sea',
      'the',
      'whale',
      'whales',
      'saw',
      'them',
      'a',
      'seal',
      'and',
      'a',
    ]);
    const shares = own.flatMap((word) => {
      const equals = others.filter(({ text }) => text === word.text && text.length >= 3);
      const unlike = others.filter(({ text }) => text !== word.text && text.length === word.text.length);
      const won = equals.flatMap((a) =>
        unlike.filter((b) => sum(word.rows, a.rows) > sum(word.rows, b.rows)),
      );
      return equals.length * unlike.length === 0 ? [] : [won.length / (equals.length * unlike.length)];
    });
    expect(asked.word).toBe(shares.length);
    expect(shares.length).toBeGreaterThan(3);
    expectClose([means.word ?? Number.NaN], [shares.reduce((a, b) => a + b) / shares.length], {
      atol: 1e-14,
    });
    // "whale" has "whales", against "them", "seal"; "seas" has "seal", against "whale", "whales", "them"
    expect(asked.stem).toBe(1);
    const whale = own.find(({ text }) => text === 'whale');
    const stem = (text: string): number =>
      sum(whale?.rows ?? [], others.find((one) => one.text === text)?.rows ?? []);
    const higher = ['them', 'seal'].filter((text) => stem('whales') > stem(text)).length;
    expect(means.stem).toBe(higher / 2);
  });

  test('what two texts have in common: pairs of neighbouring characters', () => {
    const common = overlaps(read('abab', 'cccc'), read('abcc', 'xyzx'));
    expect(common.toArray()).toEqual([
      [1 / 3, 1 / 3],
      [0, 0],
    ]);
  });
});

const profile = TOKENS_PROFILES.smoke;
const setting = tokensSetting(profile, 0);
const out = path.join(temporaryFolder(), 'out');
const folders = workFolders(out);
const run = (): ReturnType<typeof command> =>
  command('tokens', '--profile', 'smoke', '--workers', '2', '--out', out, '--json');
const results = (): TokenResults => readDigested(path.join(out, 'tokens.json'), TOKENS_RESULTS).settings[0];
const store = (): Store => new Store(folders.store, () => {});

describe('a small run', () => {
  beforeAll(async () => {
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
  }, patience(120));

  function problemOf(model: number): { problem: Problem; query: ClassificationData } {
    const { loss, train, query } = networkSetup(setting);
    const theta = store().get(trainingTask(setting, model)).arrays['theta'].data;
    return {
      problem: { model: settingNetwork(setting), loss, theta, data: train },
      query: query as ClassificationData,
    };
  }

  test('token scores add up to the scores of sequences that the library has', () => {
    const { arrays } = store().get(curvatureTask(setting, 1));
    const { problem, query } = problemOf(1);
    const { data: train, ...fitted } = problem;
    const { steepness = 0 } = resolveSampler(problem);
    const lambda = DEFAULT_SAMPLER.damping * steepness;
    const kronecker = ekfac(problem);
    const own = (0.1 * kronecker.trace()) / kronecker.rows;
    const scored = {
      'damped-if': influenceFunction({ curvature: ggn(problem), rule: { kind: 'damped', lambda } }),
      ekfac: influenceFunction({ curvature: kronecker, rule: { kind: 'damped', lambda: own } }),
      'ekfac-damped': influenceFunction({ curvature: kronecker, rule: { kind: 'damped', lambda } }),
      'grad-dot': gradientDot(),
    };
    for (const [id, attributor] of Object.entries(scored)) {
      const expected = attributor.fit(fitted, train).score(query);
      expectClose(arrays[`${id}/scores`].data, expected.data, { rtol: 1e-9, atol: 1e-12 });
      const shown = sequenceScores(matrixOf(arrays[`${id}/shown`]), query.inputs.cols);
      expectClose(shown.row(0), expected.row(0), { rtol: 1e-9, atol: 1e-12 });
    }
  });

  test('the LDS of gradient dot, from stored losses and plain ranks', () => {
    const archive = openSeries(networkSeries(setting), folders.retrainings, () => {}, false);
    const { train, queries } = setting.data;
    const subsets = drawSubsets(train, 0.5, 6, setting.seed);
    const rank = (x: readonly number[]): number[] => x.map((a) => x.filter((b) => b < a).length);
    const lds = [0, 1].map((model) => {
      const scores = matrixOf(store().get(curvatureTask(setting, model)).arrays['grad-dot/scores']);
      const rhos = Array.from({ length: queries }, (_, q) => {
        const outcome = rank(
          subsets.map((_s, k) =>
            [0, 1].reduce((sum, r) => sum + (archive.get(k, r)?.values['loss'][q] ?? 0), 0),
          ),
        );
        const predicted = rank(subsets.map((kept) => -kept.reduce((sum, i) => sum + scores.at(q, i), 0)));
        return 1 - (6 * outcome.reduce((sum, r, i) => sum + (r - predicted[i]) ** 2, 0)) / (6 * 35);
      });
      return rhos.reduce((a, b) => a + b) / rhos.length;
    });
    const found = results().methods.find(({ id }) => id === 'grad-dot')?.lds?.value ?? Number.NaN;
    expectClose([found], [(lds[0] + lds[1]) / 2], { atol: 1e-13 });
  });

  test('what is sampled: a refused sampler is a result, the others agree with themselves by half', () => {
    const [kept, refused] = profile.samplers.map((variant) =>
      storedSampled(store().get(sampledTask(setting, 0, variant, profile.length)).value),
    );
    expect(refused.refused).toMatch(/diverged/);
    expect(results().samplers.map((one) => one.refused)).toEqual([0, 2]);
    expect(kept.refused).toBeNull();
    const { arrays } = store().get(sampledTask(setting, 0, profile.samplers[0], profile.length));
    const shown = sequenceScores(
      matrixOf(arrays['shown']),
      setting.data.dataset === 'moby-dick' ? setting.data.length : 1,
    );
    expectClose(shown.row(0), matrixOf(arrays['scores']).row(0), { rtol: 1e-12, atol: 1e-14 });
    const whole = agreementOf(matrixOf(arrays['scores']), matrixOf(arrays['scores']));
    expectClose([whole.pearson, whole.spearman], [1, 1], { atol: 1e-12 });
  });

  test('no interval of a probability or a correlation leaves the numbers that it can be', () => {
    let reached = 0; // two networks have wide intervals: some would end beyond
    for (const { answers: found } of results().methods)
      for (const [id, { mean, ci, values }] of Object.entries(found)) {
        const least = id === 'overlap' ? -1 : 0;
        const [a, b] = values.map(Number);
        const reach = (12.706204736 * Math.abs(a - b)) / 2; // Student's t with one degree of freedom
        expectClose(
          ci.map(Number),
          [Math.max(least, Number(mean) - reach), Math.min(1, Number(mean) + reach)],
          { atol: 1e-8 },
        );
        if (Number(mean) + reach > 1) reached++;
      }
    expect(reached).toBeGreaterThan(0);
  });

  test('shares of a passage add up to its score; the page shows every picture', () => {
    const { passages } = results();
    expect(passages.map(({ method }) => method)).toEqual(['RMSprop-SGLD, nβ ×1', 'ekfac', 'damped-if']);
    for (const { query, helpful, harmful } of passages) {
      for (const { score, shares, text } of [...helpful, ...harmful]) {
        expect(text.length).toBe(shares.length + 1);
        expectClose([shares.reduce((a, b) => a + b)], [score], { rtol: 1e-12 });
      }
      expectClose([query.score], [helpful[0].score], { rtol: 1e-9 });
      expect(helpful[0].score).toBeGreaterThanOrEqual(harmful[0].score);
    }
    const page = readFileSync(path.join(out, 'tokens.md'), 'utf8');
    const pictures = [...page.matchAll(/\]\((figures\/[^)]+)\)/g)].map(([, file]) => file);
    expect(pictures.length).toBe(5);
    for (const file of [...pictures, 'tokens.csv']) expect(existsSync(path.join(out, file))).toBe(true);
  });

  test('claims follow their numbers', () => {
    const made = results();
    const verdict = (values: readonly number[]): string | undefined => {
      const { value: mean, lo, hi } = meanOverModels(values);
      const methods = made.methods.map((method) => ({
        ...method,
        answers: { ...method.answers, context: { mean, ci: [lo, hi] as const, values } },
      }));
      return judgeTokensClaims({ ...made, methods }).find(({ id }) => id === 'context')?.verdict;
    };
    expect(verdict([0.7, 0.71, 0.69])).toBe('confirmed');
    expect(verdict([0.7, 0.2, 0.6])).toBe('not confirmed');
    expect(verdict([0.3, 0.31, 0.29])).toBe('not confirmed');
  });

  test(
    'again: nothing is computed, and the numbers are the same',
    async () => {
      const files = (): [string, number][] =>
        ['tokens-curvature', 'tokens-sampled', 'network-training'].flatMap((kind) =>
          readdirSync(path.join(out, 'store', kind)).map((file): [string, number] => {
            const full = path.join(out, 'store', kind, file);
            return [full, statSync(full).mtimeMs];
          }),
        );
      const before = files();
      const made = results();
      expect((await run()).code).toBe(0);
      expect(files()).toEqual(before);
      expect(results()).toEqual(made);
    },
    patience(60),
  );
});
