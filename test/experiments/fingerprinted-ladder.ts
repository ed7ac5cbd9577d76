/** @file The tasks of the ladder on a tiny network: the chosen run, every computation, a run, judgements, the response of training. */
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { judgeVariant, variantOf } from '../../src/experiments/judging/judged-predictions.ts';
import { choiceOf } from '../../src/experiments/ladder/ladder-task.ts';
import { chooseRun, predict } from '../../src/experiments/ladder/predictions.ts';
import { respond } from '../../src/experiments/ladder/response.ts';
import { COMPUTATIONS } from '../../src/experiments/ladder/rungs.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { sortColumns } from '../../src/influence/judging/lds.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';

const SETTING = settingConfig(PROFILES.smoke, 'd1-w3-e3', 3, 2);
const SUBSETS = 5;

/** Results by task. The run that is followed is a given one: the rule's own is long on so few examples. */
export function ladderResults(): Record<
  'ladder-choice' | 'ladder-predictions' | 'ladder-judged' | 'ladder-response',
  TaskResult[]
> {
  const chosen = chooseRun(SETTING);
  const choice = { ...choiceOf(chosen.value), epochs: 6 };
  const job = { setting: SETTING, model: 0, subsets: SUBSETS };
  const run = {
    epochs: 5,
    learningRate: 0.02,
    momentum: 0.5,
    initialisation: 'torch',
    adjoint: 'ggn',
  } as const;
  const predictions = [
    ...COMPUTATIONS.map((of) => predict({ ...job, source: { kind: 'rung', of } }, () => choice)),
    predict({ ...job, model: 1, source: { kind: 'rung', of: 'trajectory' } }, () => choice),
    predict({ ...job, source: { kind: 'run', run } }, () => choice),
  ];
  for (const { value } of predictions)
    if (value['failed'] !== null) throw new Error(`nothing to fingerprint: ${String(value['failed'])}`);
  const drawn = new Matrix(SUBSETS, SETTING.data.queries);
  rng(3, 'outcomes').fillUniform(drawn.data);
  const of = (k: number): Matrix => variantOf(predictions[k].arrays['predictions'], 0) as Matrix;
  const [first, second] = [COMPUTATIONS.indexOf('trajectory'), COMPUTATIONS.length];
  return {
    'ladder-choice': [chosen],
    'ladder-predictions': predictions,
    'ladder-judged': [judgeVariant(sortColumns(drawn), [of(first), of(second)], 3)],
    'ladder-response': [
      respond({ setting: SETTING, run: 'chosen' }, () => choice),
      respond({ setting: SETTING, run: 'whole' }, () => choice),
    ],
  };
}
