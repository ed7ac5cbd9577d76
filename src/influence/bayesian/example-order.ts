/** @file Which examples a step of a chain sees: shuffled passes over the training set, one after the other. */
import { rng } from '../../linalg/random/random.ts';

/**
 * Position p of the endless order is example permutation_e[p mod n], e = ⌊p/n⌋, with permutation_e drawn from
 * rng(seed, ...path, 'langevin-order', chain, e). Step t sees positions t·b .. t·b + b − 1, so that a minibatch may reach over the
 * end of a pass; every example is seen equally often. With b = n every step sees 0..n−1 in that order.
 *
 * Cost: two arrays of length n and b; one permutation a pass, nothing else is allocated.
 */
export class ExampleOrder {
  /** The examples of the step last asked for, shape [b]. */
  readonly examples: Int32Array;
  private readonly n: number;
  private readonly name: readonly (string | number)[];
  private readonly seed: number;
  private pass = -1;
  private permutation: Int32Array = new Int32Array(0);

  constructor(n: number, batch: number, seed: number, path: readonly (string | number)[], chain: number) {
    this.n = n;
    this.seed = seed;
    this.name = [...path, 'langevin-order', chain];
    this.examples = Int32Array.from({ length: batch }, (_, i) => i);
  }

  /** Fills `examples` for step t. Steps may come in any order; ascending is fast. */
  load(t: number): void {
    const { examples, n } = this;
    const batch = examples.length;
    if (batch === n) return;
    let pass = Math.floor((t * batch) / n);
    let at = t * batch - pass * n;
    this.turnTo(pass);
    for (let i = 0; i < batch; i++) {
      if (at === n) {
        at = 0;
        this.turnTo(++pass);
      }
      examples[i] = this.permutation[at++];
    }
  }

  private turnTo(pass: number): void {
    if (pass === this.pass) return;
    this.permutation = rng(this.seed, ...this.name, pass).permutation(this.n);
    this.pass = pass;
  }
}
