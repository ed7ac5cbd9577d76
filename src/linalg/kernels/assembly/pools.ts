/** @file Maxima and means of windows, lanes over the examples (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
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
  let o = at(y);
  let k = at(index);
  for (let c: i32 = 0; c < xRows; c++)
    for (let p: i32 = 0; p < rows; p++)
      for (let q: i32 = 0; q < cols; q++) {
        const from = c * xCols;
        let n: i32 = 0;
        for (; n + 2 <= batch; n += 2, o += 16, k += 16) maxOf(windows, height, width, batch, p, q, x, from + n, o, k, false);
        if (n < batch) {
          maxOf(windows, height, width, batch, p, q, x, from + n, o, k, true);
          o += 8;
          k += 8;
        }
      }
}

@inline
function maxOf(
  windows: i32,
  height: i32,
  width: i32,
  batch: i32,
  p: i32,
  q: i32,
  x: i32,
  from: i32,
  out: usize,
  index: usize,
  single: bool,
): void {
  const kernelRows = windowNumber(windows, 2);
  const kernelCols = windowNumber(windows, 3);
  const top = p * windowNumber(windows, 4) - windowNumber(windows, 6);
  const left = q * windowNumber(windows, 5) - windowNumber(windows, 7);
  const lanes = f64x2(0, 1);
  let best = f64x2.splat(-Infinity);
  let place = best;
  let none = true;
  for (let i: i32 = 0; i < kernelRows; i++) {
    const row = top + i * windowNumber(windows, 8);
    if (row < 0 || row >= height) continue;
    for (let j: i32 = 0; j < kernelCols; j++) {
      const col = left + j * windowNumber(windows, 9);
      if (col < 0 || col >= width) continue;
      const offset = from + (row * width + col) * batch;
      const v = single ? v128.load64_splat(at(x + offset)) : v128.load(at(x + offset));
      const here = f64x2.add(f64x2.splat(<f64>offset), lanes);
      if (none) place = here;
      none = false;
      const greater = v128.or(f64x2.gt(v, best), f64x2.ne(v, v));
      best = v128.bitselect(v, best, greater);
      place = v128.bitselect(here, place, greater);
    }
  }
  if (single) {
    store<f64>(out, f64x2.extract_lane(best, 0));
    store<f64>(index, f64x2.extract_lane(place, 0));
  } else {
    v128.store(out, best);
    v128.store(index, place);
  }
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
        const i0 = top < 0 ? (down - 1 - top) / down : 0;
        const j0 = left < 0 ? (across - 1 - left) / across : 0;
        const i1 = max(i0, top < height ? min(kernelRows, (height - 1 - top) / down + 1) : 0);
        const j1 = max(j0, left < width ? min(kernelCols, (width - 1 - left) / across + 1) : 0);
        const count = <f64>(countPadding ? kernelRows * kernelCols : (i1 - i0) * (j1 - j0));
        const divisor = f64x2.splat(count);
        for (let n: usize = 0; n < run; n += 16) {
          const single = n + 8 == run;
          let sum = f64x2.splat(0);
          if (adjoint) sum = f64x2.div(single ? v128.load64_splat(y + n) : v128.load(y + n), divisor);
          for (let i = i0; i < i1; i++)
            for (let j = j0; j < j1; j++) {
              const o = x + <usize>((top + i * down) * width + left + j * across) * run + n;
              if (adjoint) {
                if (single) store<f64>(o, load<f64>(o) + f64x2.extract_lane(sum, 0));
                else v128.store(o, f64x2.add(v128.load(o), sum));
              } else sum = f64x2.add(sum, single ? v128.load64_splat(o) : v128.load(o));
            }
          if (adjoint) continue;
          sum = f64x2.div(sum, divisor);
          if (single) store<f64>(y + n, f64x2.extract_lane(sum, 0));
          else v128.store(y + n, sum);
        }
      }
}
