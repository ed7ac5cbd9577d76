/** @file Maxima and means of windows, lanes over the examples (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { get, put } from './lanes';
import { fillRun } from './runs';
import { windowNumber } from './windows';

/** y ← the greatest of each window, the first such; index ← where in x it lies. */
export function maxPool(
  xRows: i32,
  xCols: i32,
  yRows: i32,
  yCols: i32,
  windows: i32,
  x: i32,
  y: i32,
  index: i32,
): void {
  const height = windowNumber(windows, 0);
  const width = windowNumber(windows, 1);
  const rows = windowNumber(windows, 10);
  const cols = windowNumber(windows, 11);
  const batch = xCols / (height * width);
  const kernelRows = windowNumber(windows, 2);
  const kernelCols = windowNumber(windows, 3);
  const down = windowNumber(windows, 8);
  const across = windowNumber(windows, 9);
  let o = at(y);
  let k = at(index);
  for (let c: i32 = 0; c < xRows; c++)
    for (let p: i32 = 0; p < rows; p++)
      for (let q: i32 = 0; q < cols; q++) {
        const top = p * windowNumber(windows, 4) - windowNumber(windows, 6);
        const left = q * windowNumber(windows, 5) - windowNumber(windows, 7);
        const i0 = firstInside(top, down);
        const j0 = firstInside(left, across);
        const i1 = endInside(i0, kernelRows, top, down, height);
        const j1 = endInside(j0, kernelCols, left, across, width);
        const corner = c * xCols + ((top + i0 * down) * width + left + j0 * across) * batch;
        const right = across * batch;
        const below = down * width * batch;
        let n: i32 = 0;
        for (; n + 4 <= batch; n += 4, o += 32, k += 32)
          fourGreatest(i1 - i0, j1 - j0, at(x + corner + n), corner + n, below, right, o, k);
        for (; n < batch; n++, o += 8, k += 8) {
          let best: f64 = -Infinity;
          let place = corner + n;
          for (let i = i0, line = place; i < i1; i++, line += below)
            for (let j = j0, offset = line; j < j1; j++, offset += right) {
              const v = load<f64>(at(x + offset));
              if (!(v > best || v != v)) continue;
              best = v;
              place = offset;
            }
          store<f64>(o, best);
          store<f64>(k, <f64>place);
        }
      }
}

/** The greatest elements of one window in four examples, and where they lie; the first begins at p, which is element `offset`. */
@inline
function fourGreatest(
  rows: i32,
  cols: i32,
  p: usize,
  offset: i32,
  below: i32,
  right: i32,
  y: usize,
  index: usize,
): void {
  const step: usize = (<usize>right) << 3;
  const line: usize = (<usize>below) << 3;
  const aside = f64x2.splat(<f64>right);
  const down = f64x2.splat(<f64>below);
  let begin = f64x2.add(f64x2.splat(<f64>offset), f64x2(0, 1));
  let best0 = f64x2.splat(-Infinity);
  let best1 = best0;
  let place0 = begin;
  let place1 = f64x2.add(begin, f64x2.splat(2));
  const two = f64x2.splat(2);
  for (let i: i32 = 0; i < rows; i++, p += line, begin = f64x2.add(begin, down)) {
    let q = p;
    let here = begin;
    for (let j: i32 = 0; j < cols; j++, q += step, here = f64x2.add(here, aside)) {
      const v = v128.load(q);
      const w = v128.load(q, 16);
      const first = v128.or(f64x2.gt(v, best0), f64x2.ne(v, v));
      const second = v128.or(f64x2.gt(w, best1), f64x2.ne(w, w));
      best0 = v128.bitselect(v, best0, first);
      best1 = v128.bitselect(w, best1, second);
      place0 = v128.bitselect(here, place0, first);
      place1 = v128.bitselect(f64x2.add(here, two), place1, second);
    }
  }
  v128.store(y, best0);
  v128.store(y, best1, 16);
  v128.store(index, place0);
  v128.store(index, place1, 16);
}

/** The first element of the kernel that lies inside, for windows that begin at `from`. */
@inline
function firstInside(from: i32, step: i32): i32 {
  return from < 0 ? (step - 1 - from) / step : 0;
}

/** Behind the last. */
@inline
function endInside(first: i32, kernel: i32, from: i32, step: i32, size: i32): i32 {
  return max(first, from < size ? min(kernel, (size - 1 - from) / step + 1) : 0);
}

/** out[k] ← x[index[k]]. */
export function gather(xSize: i32, n: i32, index: i32, x: i32, out: i32): void {
  let k = at(index);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  for (; o < end; o += 8, k += 8) store<f64>(o, load<f64>(at(x + <i32>load<f64>(k))));
}

/** x ← 0, then x[index[k]] += y[k]. */
export function scatter(xSize: i32, n: i32, index: i32, y: i32, x: i32): void {
  fillRun(at(x), (<usize>xSize) << 3);
  let k = at(index);
  let p = at(y);
  const end = p + ((<usize>n) << 3);
  for (; p < end; p += 8, k += 8) {
    const o = at(x + <i32>load<f64>(k));
    store<f64>(o, load<f64>(o) + load<f64>(p));
  }
}

/** y ← the mean of each window. */
export function averagePool(xRows: i32, xCols: i32, yRows: i32, yCols: i32, windows: i32, x: i32, y: i32): void {
  average(xRows, xCols, windows, at(x), at(y), false);
}

/** The adjoint: x ← 0, then x += y / count under each window. */
export function spreadPool(xRows: i32, xCols: i32, yRows: i32, yCols: i32, windows: i32, y: i32, x: i32): void {
  fillRun(at(x), (<usize>(xRows * xCols)) << 3);
  average(xRows, xCols, windows, at(x), at(y), true);
}

@inline
function average(channels: i32, xCols: i32, windows: i32, x: usize, y: usize, adjoint: bool): void {
  const height = windowNumber(windows, 0);
  const width = windowNumber(windows, 1);
  const kernelRows = windowNumber(windows, 2);
  const kernelCols = windowNumber(windows, 3);
  const rows = windowNumber(windows, 10);
  const cols = windowNumber(windows, 11);
  const down = windowNumber(windows, 8);
  const across = windowNumber(windows, 9);
  const countPadding = windowNumber(windows, 12) != 0;
  const run: usize = (<usize>(xCols / (height * width))) << 3;
  for (let c: i32 = 0; c < channels; c++, x += (<usize>xCols) << 3)
    for (let p: i32 = 0; p < rows; p++)
      for (let q: i32 = 0; q < cols; q++, y += run) {
        const top = p * windowNumber(windows, 4) - windowNumber(windows, 6);
        const left = q * windowNumber(windows, 5) - windowNumber(windows, 7);
        const i0 = firstInside(top, down);
        const j0 = firstInside(left, across);
        const i1 = endInside(i0, kernelRows, top, down, height);
        const j1 = endInside(j0, kernelCols, left, across, width);
        const count = <f64>(countPadding ? kernelRows * kernelCols : (i1 - i0) * (j1 - j0));
        const divisor = f64x2.splat(count);
        for (let n: usize = 0; n < run; n += 16) {
          const single = n + 8 == run;
          let sum = f64x2.splat(0);
          if (adjoint) sum = f64x2.div(get(y + n, single), divisor);
          for (let i = i0; i < i1; i++)
            for (let j = j0; j < j1; j++) {
              const o = x + <usize>((top + i * down) * width + left + j * across) * run + n;
              if (adjoint) put(o, f64x2.add(get(o, single), sum), single);
              else sum = f64x2.add(sum, get(o, single));
            }
          if (!adjoint) put(y + n, f64x2.div(sum, divisor), single);
        }
      }
}
