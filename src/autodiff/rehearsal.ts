/** @file One rehearsal of every call before it is made: no array that is absent reaches a kernel. */
import { UnsupportedError } from '../linalg/errors.ts';
import { type ArenaKernels, NOT_WANTED } from '../linalg/kernels/arena.ts';
import { type Frame, type Rule, UNDECLARED } from './op.ts';

/** Kernels whose second argument is a number, not an array. */
const TAKES_NUMBER: readonly string[] = ['fill', 'scale', 'map'];

/**
 * Runs a rule with kernels that compute nothing and look at their arguments.
 *
 * @throws {UnsupportedError} it hands a kernel an array that is not there, or that its op does not declare under `uses`.
 * Cost: a few calls per step, when a program or a schedule is compiled; nothing when it runs.
 */
export function rehearse(op: string, rule: Rule, part: keyof Rule, frame: Frame): void {
  const watched =
    (kernel: string | symbol) =>
    (...given: readonly unknown[]): void => {
      for (const [i, argument] of given.entries()) {
        if (i === 1 && TAKES_NUMBER.includes(String(kernel))) continue;
        if (typeof argument === 'number' && argument >= NOT_WANTED) continue;
        const why =
          Number(argument) >= UNDECLARED ? `uses.${part} does not declare` : 'is absent from this program';
        throw new UnsupportedError(
          `${part} of ${op} hands the kernel ${String(kernel)} as argument ${i + 1} an array that ${why}.`,
        );
      }
    };
  const kernels = new Proxy({}, { get: (_, kernel) => watched(kernel) }) as ArenaKernels;
  rule[part]({ ...frame, kernels });
}
