/** @file Losses, gradients and the column-by-column Hessian against NumPy and PyTorch. */
import { describe, expect, test } from 'vitest';
import { hessianByColumns, lossGgnvp, lossHvp, meanGradient } from '../../src/autodiff/mean-loss.ts';
import { exampleValues, perExampleGradients } from '../../src/autodiff/per-example.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { relativeError } from '../helpers/close.ts';
import { columnsToTorch, fromLower, GOLDENS } from '../reference/golden.ts';

/** A sum of products of at most a few hundred terms, layer upon layer. */
const TOLERANCE = 64 * Number.EPSILON;

for (const { name, file, model, loss, theta, data } of GOLDENS)
  describe(name, () => {
    const gradients = Matrix.of(file.perExampleGradients);
    const identity = Matrix.identity(model.parameterCount);

    test('losses and their mean', () => {
      const values = exampleValues(model, loss, theta, data);
      expect(relativeError(values, file.exampleLosses)).toBeLessThan(TOLERANCE);
      expect(Math.abs(values.reduce((a, b) => a + b, 0) / values.length / file.meanLoss - 1)).toBeLessThan(
        TOLERANCE,
      );
    });

    test('gradient of the mean loss', () => {
      const gradient = new Matrix(1, model.parameterCount, meanGradient(model, loss, theta, data));
      expect(relativeError(columnsToTorch(model, gradient).data, file.gradient)).toBeLessThan(TOLERANCE);
    });

    test('gradients per example', () => {
      const ours = columnsToTorch(model, perExampleGradients(model, loss, theta, data));
      expect(relativeError(ours.data, gradients.data)).toBeLessThan(TOLERANCE);
    });

    const { exampleMargins, marginGradients } = file;
    if (exampleMargins !== undefined && marginGradients !== undefined)
      test('margins and their gradients', () => {
        expect(relativeError(exampleValues(model, 'margin', theta, data), exampleMargins)).toBeLessThan(
          TOLERANCE,
        );
        const ours = columnsToTorch(model, perExampleGradients(model, 'margin', theta, data));
        expect(relativeError(ours.data, Matrix.of(marginGradients).data)).toBeLessThan(TOLERANCE);
      });

    test('Hessian, column by column, not symmetrised', () => {
      const ours = columnsToTorch(model, hessianByColumns(model, loss, theta, data), true);
      expect(relativeError(ours.data, fromLower(file.hessian).data)).toBeLessThan(TOLERANCE);
    });

    test('Hessian and Gauss–Newton products with all unit vectors', () => {
      const hvp = columnsToTorch(model, lossHvp(model, loss, theta, data, identity), true);
      expect(relativeError(hvp.data, fromLower(file.hessian).data)).toBeLessThan(TOLERANCE);
      const ggnvp = columnsToTorch(model, lossGgnvp(model, loss, theta, data, identity), true);
      expect(relativeError(ggnvp.data, fromLower(file.ggn).data)).toBeLessThan(TOLERANCE);
    });
  });
