/** @file The scalar tier of the step of AdamW. */
import type { Vec } from '../../matrix.ts';

/** m ← m + a (g − m); v ← β₂ v + (b g) g; θ ← keep θ − rate (m / (√v / root + ε)); keep, a, β₂, b, rate, root and ε at `settings`. */
export function adamwKernel(
  memory: Vec,
  n: number,
  settings: number,
  gradient: number,
  first: number,
  second: number,
  theta: number,
): void {
  const keep = memory[settings];
  const a = memory[settings + 1];
  const beta = memory[settings + 2];
  const b = memory[settings + 3];
  const rate = memory[settings + 4];
  const root = memory[settings + 5];
  const epsilon = memory[settings + 6];
  for (let i = 0; i < n; i++) {
    const g = memory[gradient + i];
    const m = memory[first + i] + a * (g - memory[first + i]);
    const v = beta * memory[second + i] + b * g * g;
    memory[first + i] = m;
    memory[second + i] = v;
    memory[theta + i] = keep * memory[theta + i] - rate * (m / (Math.sqrt(v) / root + epsilon));
  }
}
