/** @file The spread between single base models: what each would have said alone. */
import { CURVATURE_KINDS, type CurvatureKind } from '../../../curvature/index.ts';
import type { LdsInput } from '../../../influence/index.ts';
import { linearDatamodellingScore } from '../../../influence/index.ts';
import { Matrix } from '../../../linalg/index.ts';
import { finiteOrNull, numberOrNaN } from '../../files/json-number.ts';
import type { Spread } from '../../judging/results-file.ts';
import type { Method } from '../../protocol/methods.ts';
import type { NetworkResults } from '../reproduce/compute-setting.ts';
import { attribution } from './attribution.ts';
import type { SingleDiagnostics } from './results.ts';

const DIAGNOSTICS = [
  'residual',
  'crossLayer',
  'eigenvalueOverlapKfac',
  'eigenvalueOverlapEkfac',
  'basisOverlapKfac',
  'basisOverlapEkfac',
] as const satisfies (keyof SingleDiagnostics)[];

/** The LDS of each base model by itself, against the same outcomes. */
export function singleLds(
  networks: readonly NetworkResults[],
  method: Method,
  outcomes: Omit<LdsInput, 'scores'>,
): Spread {
  const values = networks.map((network) => {
    const { shape, data } = attribution(network, method).arrays['scores'];
    const scores = new Matrix(shape[0], shape[1], data);
    return linearDatamodellingScore({ ...outcomes, scores, resamples: 1 }).mean; // no interval is asked for
  });
  return spread(values);
}

/** Mean, standard deviation (n − 1) and values; the deviation of a single value is undefined. */
export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / n;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return {
    mean: finiteOrNull(mean),
    sd: n < 2 ? null : finiteOrNull(Math.sqrt(squares / (n - 1))),
    values: values.map(finiteOrNull),
  };
}

/** Eq. 9 of each base model. */
export function singleErrors(networks: readonly NetworkResults[]): Record<CurvatureKind, (number | null)[]> {
  return Object.fromEntries(
    CURVATURE_KINDS.map((kind) => [
      kind,
      networks.map((network) => finiteOrNull(numberOrNaN(attribution(network, kind).value['error']))),
    ]),
  ) as Record<CurvatureKind, (number | null)[]>;
}

/** The diagnostics of each base model. */
export function singleDiagnostics(networks: readonly NetworkResults[]): SingleDiagnostics[] {
  return networks.map(
    ({ diagnostics: { value } }) =>
      Object.fromEntries(
        DIAGNOSTICS.map((name) => [name, finiteOrNull(numberOrNaN(value[name]))]),
      ) as unknown as SingleDiagnostics,
  );
}
