/** @file The elementary functions that the arena kernels use. */
export const exp: (x: number) => number = Math.exp;
export const log: (x: number) => number = Math.log;
export const log1p: (x: number) => number = Math.log1p;
export const tanh: (x: number) => number = Math.tanh;

/** erf by its Maclaurin series, or 1 beyond 6. */
export function erf(x: number): number {
  if (Math.abs(x) > 5.9) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let k = 1; k < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
