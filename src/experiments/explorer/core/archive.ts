/** @file What one sees as files of the command line: network, data, scores, and the command that computes them again. */
import { networkMetadata, writeTorchParameters } from '../../../autodiff/index.ts';
import type { Measurement } from '../../../influence/index.ts';
import { influenceFunction } from '../../../influence/index.ts';
import type { Matrix } from '../../../linalg/index.ts';
import { writeNpy, writeSafetensors } from '../../../linalg/io/index.ts';
import { inverseRule, type RuleChoice, type Rung, ruleFlags } from './rungs.ts';
import type { Session } from './session.ts';
import { lossFlag, trainFlags } from './settings.ts';

/** Files by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

const matrixFile = ({ rows, cols, data }: Matrix): Uint8Array => writeNpy({ shape: [rows, cols], data });

/**
 * Parameters, both sets, and all scores of a rung. Under a truncated rule the curvature is built anew with the kept spectrum alone, as
 * `influence` does: equal bits for every rule.
 */
export function commandFiles(
  session: Session,
  rung: Rung,
  choice: RuleChoice,
  measurement: Measurement,
): Files {
  const { model, loss, theta, sets, settings } = session;
  const files: Record<string, Uint8Array> = {
    'net.safetensors': writeSafetensors(
      writeTorchParameters(model, theta),
      networkMetadata(model, { loss, preprocessing: 'none' }),
    ),
  };
  const flags: string[] = [];
  for (const name of ['train', 'query'] as const) {
    const set = sets[name];
    files[`${name}-inputs.npy`] = matrixFile(set.inputs);
    const answers = 'labels' in set ? 'labels' : 'targets';
    files[`${name}-${answers}.npy`] =
      'labels' in set
        ? writeNpy({ shape: [set.labels.length], dtype: 'i8', data: Array.from(set.labels) })
        : matrixFile(set.targets);
    flags.push(`--${name}-inputs ${name}-inputs.npy --${name}-${answers} ${name}-${answers}.npy`);
  }
  const { scores, rule } = exactScores(session, rung, choice, measurement);
  files['scores.npy'] = matrixFile(scores);
  const data = `--params net.safetensors ${flags.join(' ')}${lossFlag(sets)}`;
  const command = `eigenfluence influence ${data} --method ${rung}${rule} --measurement ${measurement} --out again.npy`;
  files['README.txt'] = new TextEncoder().encode(
    `scores.npy [queries, training examples] is what this command writes to again.npy, to the bit:\n\nnpx ${command}\n\n` +
      `Judged by networks that are trained again on random halves, as the page does it (20 halves, 2 networks each):\n\n` +
      `npx eigenfluence retrain ${data} --epochs ${settings.epochs} --lr ${settings.rate} --seed ${settings.seed} --subsets 20 --seeds 2 --measurement ${measurement} --scores scores.npy --out bank\n\n` +
      `The network was trained as by eigenfluence train ${trainFlags(settings, sets)}, on the training set beside this file.\n`,
  );
  return files;
}

/** All scores of a rung, with the bits of the command line. */
export function exactScores(
  session: Session,
  rung: Rung,
  choice: RuleChoice,
  measurement: Measurement,
): { scores: Matrix; rule: string } {
  const { model, loss, theta, sets } = session;
  const { score, curvature } = session.scorer(rung, choice, measurement);
  if (rung === 'grad-dot' || curvature === undefined) return { scores: score(sets.query), rule: '' };
  const rule = inverseRule(choice, session.fit(rung).automatic);
  const flags = ` ${ruleFlags(rule)}`;
  if (rule.kind !== 'truncated') return { scores: score(sets.query), rule: flags };
  const fitted = influenceFunction({ curvature: rung, rule, measurement }).fit(
    { model, loss, theta },
    sets.train,
  );
  return { scores: fitted.score(sets.query), rule: flags };
}
