/** Trainings made by PyTorch, as test/reference/training*.json and adamw.json hold them: the data, and runs over it. */
import { readFileSync } from 'node:fs';
import type { Activation } from '../../src/autodiff/functions.ts';
import type { LossName } from '../../src/autodiff/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

/** What every run tells. */
export interface GoldenRun {
  readonly name: string;
  readonly sizes: number[];
  readonly activation: Activation;
  readonly loss: LossName;
  readonly seed: number;
}

interface Golden<Run> {
  readonly inputs: number[][];
  readonly labels: number[];
  readonly targets: number[][];
  readonly runs: readonly Run[];
}

/** @param name - Of the file in test/reference. */
export function goldenTraining<Run extends GoldenRun>(name: string) {
  const text = readFileSync(new URL(`../reference/${name}`, import.meta.url), 'utf8');
  const { labels, targets, runs, ...golden } = JSON.parse(text) as Golden<Run>;
  const inputs = Matrix.of(golden.inputs);
  const classes = { inputs, labels: Int32Array.from(labels) };
  const regression = { inputs, targets: Matrix.of(targets) };
  return { runs, classes, dataOf: (loss: LossName) => (loss === 'squared-error' ? regression : classes) };
}
