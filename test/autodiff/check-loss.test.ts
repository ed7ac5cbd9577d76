import { describe, expect, test } from 'vitest';
import { checkLoss } from '../../src/autodiff/check-loss.ts';
import { binaryCrossEntropy, huber, LOSSES, softCrossEntropy } from '../../src/autodiff/index.ts';
import type { LabelLoss, LossDefinition, TargetLoss } from '../../src/autodiff/losses/loss.ts';
import { LOSS_TABLE } from '../../src/autodiff/losses/table.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

describe('every loss of the table passes', () => {
  for (const loss of LOSSES) test(loss, () => checkLoss(loss, LOSS_TABLE[loss]));
});

describe('every loss that is a value passes', () => {
  for (const loss of [binaryCrossEntropy, softCrossEntropy, huber(), huber(0.4)])
    test(loss.name ?? '', () => checkLoss(loss.name ?? '', loss));
});

describe('the checker rejects', () => {
  const classes: LabelLoss = LOSS_TABLE['cross-entropy'];
  const targets: TargetLoss = LOSS_TABLE['squared-error'];
  const refused = (loss: LossDefinition, how: RegExp): void =>
    expect(() => checkLoss('wrong', loss)).toThrow(how);

  test('the curvature of another loss', () => {
    const record: TargetLoss['record'] = (tape, u, t) =>
      tape.apply('scale', [tape.apply('squared-error', [u, t])], 2);
    refused({ ...targets, record }, /gradient of wrong: element 0 is/);
    const gradient: TargetLoss['gradient'] = (u, t, start) => {
      const out = targets.gradient(u, t, start);
      for (let k = 0; k < out.data.length; k++) out.data[k] *= 2;
      return out;
    };
    refused(
      { ...targets, record, gradient },
      /hessianRoot, example 0, of wrong: element 0 is 1, the tape says 2/,
    );
  });

  test('labels drawn from another model', () => {
    const { drawnGradients } = classes;
    const even = (u: Matrix): Matrix => new Matrix(u.rows, u.cols);
    refused(
      {
        ...classes,
        drawnGradients: (u, samples, stream) => drawnGradients?.(even(u), samples, stream) ?? [],
      },
      /drawnGradients, example 0, of wrong: the mean of s\[0\] s\[0\] is/,
    );
  });

  test('a constant prediction that is not the best, a wrong slope, a measurement of other answers', () => {
    refused(
      { ...targets, constantOutputs: (outputs: number) => new Float64Array(outputs) },
      /gradient at constantOutputs/,
    );
    refused({ ...classes, linearised: { of: 'margin', slope: () => -1 } }, /linearised by margin/);
    refused({ ...targets, measured: 'margin' }, /margin reads no targets/);
  });
});
