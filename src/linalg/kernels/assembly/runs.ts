/** @file Runs of neighbouring doubles by their addresses; sizes in bytes (AssemblyScript). */

/** out ← 0. */
@inline
export function fillRun(out: usize, size: usize): void {
  if (size > 0) memory.fill(out, 0, size);
}

/** out ← out + x. */
export function addRun(x: usize, out: usize, size: usize): void {
  const end = out + size;
  for (; out + 8 < end; out += 16, x += 16) v128.store(out, f64x2.add(v128.load(out), v128.load(x)));
  if (out < end) store<f64>(out, load<f64>(out) + load<f64>(x));
}
