/** @file The trainer of a precision. */
import {
  type DatasetInput,
  Float32Trainer,
  type Loss,
  type Network,
  type Precision,
  Trainer,
  type TrainingOptions,
} from '../../autodiff/index.ts';

/** Trains in float64, or in float32. @throws {UnsupportedError} what is not trained in float32. */
export function trainerIn(
  precision: Precision,
  model: Network,
  loss: Loss,
  data: DatasetInput,
  config: TrainingOptions,
): Trainer {
  const Training = precision === 'float32' ? Float32Trainer : Trainer;
  return new Training(model, loss, data, config);
}
