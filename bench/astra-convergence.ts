/**
 * @file `npm run bench:astra` counts the iterations of ASTRA, SNI and CG to a relative residual of 1e-3 on Digits, depth 8, width 16,
 * trained as in the setting d8-w16-e100; G with λ = 0.1 tr(G)/D and larger ones, gradients of a few queries, full batches, so that every
 * count is the same on every machine. Writes bench/results/astra-convergence.json.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { perExampleGradients } from '../src/autodiff/index.ts';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { decodeNetwork, trainNetwork } from '../src/experiments/methods/network.ts';
import { prepareDigits } from '../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../src/experiments/protocol/profile.ts';
import { automaticDamping } from '../src/influence/index.ts';
import { environment } from './harness.ts';
import { bestOf, type IterationCount, iterationCounts } from './iteration-counts.ts';

const FILE = 'bench/results/astra-convergence.json';
const NAME = 'd8-w16-e100';
const QUERIES = 4;
const RTOL = 1e-3;
const CAP = 60_000;
const DEAR_CAP = 3000;
const MULTIPLES = [0.25, 0.5, 1, 1.5, 1.9, 1.98, 2.5, 3, 3.5];
const MOMENTA = [0, 0.9, 0.95];
/** λ beside the default. */
const DAMPINGS = [1e-3, 1e-2, 1e-1];

/** Processor seconds of this process so far. */
function clock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const setting = settingConfig(PROFILES.paper, NAME, 0);
const { train, query } = prepareDigits(setting.data);
const trained = trainNetwork(setting, 0);
const training = clock();
const { fitted } = decodeNetwork(setting, trained);
const problem = { ...fitted, data: train };
const b = perExampleGradients(fitted.model, fitted.loss, fitted.theta, query, 0, QUERIES);
const cases = [automaticDamping(problem, 'ggn'), ...DAMPINGS].map(count);

function count(damping: number): object {
  const { sni, others, ...spectrum } = iterationCounts(problem, b, {
    ...{ damping, rtol: RTOL, cap: CAP, dearCap: DEAR_CAP, multiples: MULTIPLES, momenta: MOMENTA },
    clock,
  });
  const [astra] = others;
  const ratio = (of: (one: IterationCount) => boolean): number | null => {
    const { iterations } = bestOf(sni.filter(of));
    return iterations === null || astra.iterations === null ? null : iterations / astra.iterations;
  };
  /** Iterations of the best step size of SNI per iteration of ASTRA; null: one of them is not there within the cap. */
  const ratios = {
    ...Object.fromEntries(
      MOMENTA.map((momentum) => [
        `SNI with momentum ${momentum}`,
        ratio((one) => one.horizon === undefined && one.momentum === momentum),
      ]),
    ),
    'SNI with optimal momentum': ratio((one) => one.horizon !== undefined),
  };
  const { condition, preconditionedCondition } = spectrum;
  console.log(
    `λ = ${damping.toPrecision(3)}, condition ${condition.toPrecision(3)}, preconditioned ${preconditionedCondition.toPrecision(3)}; SNI / ASTRA:`,
    ratios,
  );
  for (const one of [...others, ...sni]) console.log(`  ${words(one)}`);
  return { damping, ...spectrum, ratios, rows: [...others, ...sni] };
}

const result = {
  environment: environment(),
  setting: {
    name: NAME,
    seed: setting.seed,
    parameters: fitted.model.parameterCount,
    train: setting.data.train,
    queries: QUERIES,
    gradients: 'of the loss of the first queries',
    fit: trained.value,
  },
  ...{ rtol: RTOL, cap: CAP, dearCap: DEAR_CAP },
  cases,
  seconds: { training, all: clock() },
};
mkdirSync(path.dirname(FILE), { recursive: true });
writeFile(FILE, `${JSON.stringify(result, null, 1)}\n`);

function words({
  solver,
  horizon,
  momentum,
  alpha,
  decay,
  iterations,
  diverged,
  secondsPerIteration,
}: IterationCount): string {
  return [
    solver.padEnd(10),
    momentum === undefined
      ? ''
      : `momentum ${momentum.toPrecision(3)}${horizon === undefined ? '' : ` for J = ${horizon}`}`,
    alpha === undefined ? '' : `α = ${alpha.toPrecision(3)}`,
    decay === undefined || decay === 'none' ? '' : `halved every ${decay.every}`,
    iterations === null ? (diverged ? 'diverged' : 'not there') : `${iterations} iterations`,
    secondsPerIteration === undefined ? '' : `${(1e3 * secondsPerIteration).toFixed(0)} ms each`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}
