/**
 * @file `npm run bench:float32`: Digits retrained in float64, in float32 from the same starts, and in float64 from other starts; the LDS of every
 * curvature by each bank, differences paired over subsets, the signs of the comparisons between curvatures, and the processor time of the precisions,
 * in turn. Writes bench/results/float32.json.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Float32Trainer, Mlp, Trainer } from '../src/autodiff/index.ts';
import { LADDER, PAPER_RULE } from '../src/curvature/index.ts';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { ceilingOf, estimateOf, judgeOf } from '../src/experiments/judging/judge.ts';
import { settingSetup } from '../src/experiments/protocol/base-network.ts';
import { PROFILES, settingConfig } from '../src/experiments/protocol/profile.ts';
import { layerSizes } from '../src/experiments/protocol/setting.ts';
import {
  bootstrapDifference,
  createBank,
  drawSubsets,
  influenceFunction,
  queryMeasurer,
  type RetrainingBank,
  recordOutcomes,
  retrainingJobs,
} from '../src/influence/index.ts';
import type { Vec } from '../src/linalg/index.ts';
import { environment, median } from './harness.ts';

const FILE = 'bench/results/float32.json';
/** Setting, subsets, seeds. */
const BANKS = [
  ['d1-w16-e100', 100, 20],
  ['d8-w16-e100', 100, 10],
] as const;
/** Depth and width of networks whose step is timed. */
const STEPS = [1, 8].flatMap((depth) => [16, 32, 64, 128].map((width) => ({ depth, width })));
const ROUNDS = 15;

/** Processor seconds of a call. */
function seconds(run: () => void): number {
  const from = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

const length = (x: Vec): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

/** √Σ(x − y)²: how far apart. */
const apart = (x: Vec, y: Vec): number => length(x.map((v, i) => v - y[i]));

/** Mean over the seeds of a subset taken from every outcome. */
function aroundMeans({ subsets, seeds, queries, losses }: RetrainingBank): Vec {
  const out = losses.slice();
  for (let j = 0; j < subsets.length; j++)
    for (let q = 0; q < queries; q++) {
      const at = (r: number): number => (j * seeds + r) * queries + q;
      let mean = 0;
      for (let r = 0; r < seeds; r++) mean += losses[at(r)] / seeds;
      for (let r = 0; r < seeds; r++) out[at(r)] -= mean;
    }
  return out;
}

function judged(name: string, subsets: number, seeds: number): object {
  const setting = settingConfig(PROFILES.paper, name, 0);
  const setup = settingSetup(setting);
  const { model, loss, training, seed, train, query } = setup;
  const theta = new Trainer(model, loss, train, training).train({ seed, path: ['base', 0] });
  const scores = LADDER.map((curvature) => ({
    curvature,
    matrix: influenceFunction({ curvature, rule: PAPER_RULE })
      .fit({ model, loss, theta }, train)
      .score(query),
  }));
  const kept = drawSubsets(setting.data.train, setting.subsetFraction, subsets, seed);
  const measure = queryMeasurer(model, loss, query);
  const runs = [
    { Training: Trainer, stream: 'retrain' },
    { Training: Float32Trainer, stream: 'retrain' },
    { Training: Trainer, stream: 'retrain again' }, // what another draw of starts and orders changes
  ].map(({ Training, stream }) => ({
    stream,
    trainer: new Training(model, loss, train, training),
    bank: createBank(kept, seeds, setting.data.queries),
    seconds: [] as number[],
  }));
  const distances: number[] = [];
  for (const job of retrainingJobs(subsets, seeds)) {
    const [exact, single] = runs.map((run) => {
      const options = { seed, path: [run.stream, job.subset, job.seed], subset: kept[job.subset] };
      let trained: Vec = theta;
      run.seconds.push(
        seconds(() => {
          trained = run.trainer.train(options);
        }),
      );
      recordOutcomes(run.bank, job, measure(trained));
      return trained;
    });
    distances.push(apart(single, exact) / length(exact));
  }
  const [exact, single, again] = runs;
  const judging = { measurement: setting.measurement, seed };
  const judges = runs.map(({ bank }) => judgeOf(judging, bank));
  const results = scores.map(({ curvature, matrix }) => ({
    curvature,
    by: judges.map((judge) => judge(matrix).bootstrap),
  }));
  const pairs = results.flatMap((a, i) => results.slice(i + 1).map((b) => ({ a, b })));
  const result = {
    setting: name,
    subsets,
    seeds,
    queries: setting.data.queries,
    parameters: model.parameterCount,
    secondsFloat64: median(exact.seconds),
    secondsFloat32: median(single.seconds),
    speedup: median(exact.seconds.map((s, i) => s / single.seconds[i])),
    /** ‖θ₃₂ − θ₆₄‖ / ‖θ₆₄‖ at the end of a retraining, median and largest. */
    distance: median(distances),
    largestDistance: Math.max(...distances),
    /** Root of the mean squared difference of a query's loss, relative to its deviation over the seeds of a subset. */
    outcomeDistance: apart(single.bank.losses, exact.bank.losses) / length(aroundMeans(exact.bank)),
    /** The same of float64 from other starts. */
    otherStarts: apart(again.bank.losses, exact.bank.losses) / length(aroundMeans(exact.bank)),
    ceilings: runs.map(({ bank }) => ceilingOf(judging, bank).ceiling),
    methods: results.map(({ curvature, by: [in64, in32, other] }) => ({
      curvature,
      float64: estimateOf(in64),
      float32: estimateOf(in32),
      difference: estimateOf(bootstrapDifference(in32, in64)),
      otherStarts: estimateOf(bootstrapDifference(other, in64)),
    })),
    comparisons: pairs.map(({ a, b }) => ({
      better: a.curvature,
      than: b.curvature,
      float64: estimateOf(bootstrapDifference(a.by[0], b.by[0])),
      float32: estimateOf(bootstrapDifference(a.by[1], b.by[1])),
      otherStarts: estimateOf(bootstrapDifference(a.by[2], b.by[2])),
    })),
  };
  console.log(JSON.stringify(result, undefined, 1));
  return result;
}

/** Processor time of a step, both in turn. */
function timed({ depth, width }: { depth: number; width: number }): object {
  const setting = settingConfig(PROFILES.paper, 'd1-w16-e100', 0);
  const { loss, training, train } = settingSetup(setting);
  const model = new Mlp(layerSizes({ depth, width, activation: 'tanh' }, train.inputs.cols, 10), 'tanh');
  const config = { ...training, epochs: Math.max(2, Math.round(400 / width)) };
  const trainers = [Trainer, Float32Trainer].map((T) => new T(model, loss, train, config));
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) =>
    trainers.map((trainer) => seconds(() => trainer.train({ seed: round })) / trainer.stepsOf()),
  ).slice(1);
  const [float64, float32] = [0, 1].map((k) => median(rounds.map((one) => one[k])));
  return {
    depth,
    width,
    batch: config.batch,
    float64,
    float32,
    speedup: median(rounds.map(([a, b]) => a / b)),
  };
}

const machine = environment();
const only = process.argv[2];
const banks = BANKS.map(([name, subsets, seeds]) =>
  only === undefined ? judged(name, subsets, seeds) : judged(name, Number(only), 2),
);
const result = { environment: machine, banks, steps: STEPS.map(timed) };
mkdirSync(path.dirname(FILE), { recursive: true });
if (only === undefined) writeFile(FILE, `${JSON.stringify(result, null, 1)}\n`);
else console.log(result.steps);
