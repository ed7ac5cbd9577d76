/** @file The tasks of the comparison of methods on a tiny network: every method of the registry, and what its scores are worth. */

import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { judgeScores } from '../../src/experiments/methods/judgement.ts';
import { METHODS_PROFILES } from '../../src/experiments/methods/methods-profile.ts';
import { decodeNetwork, trainNetwork } from '../../src/experiments/methods/network.ts';
import { computeScores, failureOf, meanScores } from '../../src/experiments/methods/scores.ts';
import { fitsTogether, gridVariants, plainVariants } from '../../src/experiments/methods/variant.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';
import {
  ASTRA_MOMENTUM,
  createBank,
  drawSubsets,
  METHOD_NAMES,
  recordOutcomes,
} from '../../src/influence/index.ts';
import { rng } from '../../src/linalg/index.ts';

/** Two base models, so that methods that fit several together do so. */
const { base, settings } = METHODS_PROFILES.smoke;
const SETTING = settingConfig(base, settings[0], 3, 2);
const SUBSETS = 5;
/** What came after version 2: a result more would be another fingerprint of the same bits. Their witnesses are tests of their own. */
const LATER: ReadonlySet<string> = new Set(['trajectory', 'diagonal-ggn', 'diagonal-hessian']);

/** Results by task. The retrainings that scores are judged by are drawn numbers: theirs is a task of its own. */
export function methodsResults(): Record<'methods-network' | 'methods-scores' | 'methods-lds', TaskResult[]> {
  const trained = [0, 1].map((model) => trainNetwork(SETTING, model));
  const networks = trained.map((result) => decodeNetwork(SETTING, result));
  const { train, queries } = SETTING.data;
  // so few examples make full batches, where ASTRA's momentum depends on J and λ; what is stored are scores by minibatches
  const known = METHOD_NAMES.filter((name) => !LATER.has(name));
  const plain = plainVariants(known).map((variant) =>
    variant.method === 'astra' ? { ...variant, options: { momentum: ASTRA_MOMENTUM } } : variant,
  );
  const scores = [
    ...plain.map((variant) => computeScores(SETTING, variant, networks.slice(0, 1))),
    ...plain.filter(fitsTogether).map((variant) => computeScores(SETTING, variant, networks)),
    ...gridVariants('trak', train)
      .slice(1, 2)
      .map((variant) => computeScores(SETTING, variant, networks.slice(1))),
  ];
  for (const result of scores) {
    const failed = failureOf(result);
    if (failed !== undefined) throw new Error(`a method has no scores to fingerprint: ${failed}`);
  }
  const bank = createBank(drawSubsets(train, SETTING.subsetFraction, SUBSETS, 1), 1, queries);
  for (let subset = 0; subset < SUBSETS; subset++) {
    const drawn = (name: string): Float64Array => rng(subset, name).fillUniform(new Float64Array(queries));
    recordOutcomes(bank, { subset, seed: 0 }, { losses: drawn('losses'), margins: drawn('margins') });
  }
  const judged = [scores.slice(0, 1), scores.slice(0, 3)].map((some) =>
    judgeScores(SETTING, bank, meanScores(some)),
  );
  return { 'methods-network': trained, 'methods-scores': scores, 'methods-lds': judged };
}
