/** @file The examples of an audit in the store of its folder, where every thread reads them. */
import * as v from 'valibot';
import type { Bench } from '../engine/bench.ts';
import { anyArray, finiteArray, resultForm, type StoredTask } from '../engine/result-form.ts';
import type { Store } from '../engine/store.ts';
import { arrayOf, matrixOf } from '../engine/stored-array.ts';
import { task, taskKey } from '../engine/task.ts';
import { digest, digestNumbers } from '../files/digest.ts';
import type { Unscaled } from '../tables/scaling.ts';
import type { AuditData } from './audit-data.ts';
import type { DataShape } from './plan.ts';
import { AUDIT_VERSIONS } from './versions.ts';

/** What the data are named and measured by. */
export function shapeOf({ inputs, answers, classes }: AuditData): DataShape {
  return {
    digest: digest([
      inputs.rows,
      inputs.cols,
      classes.length,
      digestNumbers(inputs.data),
      digestNumbers(answers),
    ]),
    examples: inputs.rows,
    features: inputs.cols,
    classes: classes.length,
  };
}

export function dataTask({ digest: data, examples, features, classes }: DataShape): StoredTask {
  return {
    ...task(AUDIT_VERSIONS, 'audit-data', { examples, features, classes }, { data }),
    form: resultForm(v.strictObject({}), {
      inputs: anyArray(examples, features),
      answers: finiteArray(examples),
    }),
  };
}

/** Puts the examples into the store, if they are not there. */
export function storeData(store: Store, shape: DataShape, { inputs, answers }: Unscaled): void {
  const under = dataTask(shape);
  if (store.read(under) !== undefined) return;
  store.write(under, {
    value: {},
    arrays: { inputs: arrayOf(inputs), answers: arrayOf(answers) },
    seconds: {},
  });
}

/** The examples, read once by each thread. */
export function storedData(bench: Bench, shape: DataShape): Unscaled {
  const under = dataTask(shape);
  return bench.keep('audit-data', taskKey(under), () => {
    const { inputs, answers } = bench.store.get(under).arrays;
    return { inputs: matrixOf(inputs), answers: answers.data };
  });
}
