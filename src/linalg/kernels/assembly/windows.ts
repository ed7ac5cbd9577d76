/** @file Windows over images and sequences (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { addRun, fillRun } from './runs';

/** The k-th of the numbers at `windows`. */
@inline
export function windowNumber(windows: i32, k: usize): i32 {
  return <i32>load<f64>(at(windows) + (k << 3));
}

/** y ← x under the windows, 0 outside. */
export function unfold(xRows: i32, xCols: i32, yRows: i32, yCols: i32, windows: i32, x: i32, y: i32): void {
  slide(xRows, xCols, windows, at(x), at(y), false);
}

/** x ← 0, then x += y under the windows. */
export function fold(xRows: i32, xCols: i32, yRows: i32, yCols: i32, windows: i32, y: i32, x: i32): void {
  fillRun(at(x), (<usize>(xRows * xCols)) << 3);
  slide(xRows, xCols, windows, at(x), at(y), true);
}

/** Walks over the elements of y in their order, in runs of positions that lie side by side in both arrays. */
@inline
function slide(channels: i32, xCols: i32, windows: i32, x: usize, y: usize, adjoint: bool): void {
  const height = windowNumber(windows, 0);
  const width = windowNumber(windows, 1);
  const kernelRows = windowNumber(windows, 2);
  const kernelCols = windowNumber(windows, 3);
  const down = windowNumber(windows, 4);
  const across = windowNumber(windows, 5);
  const rows = windowNumber(windows, 10);
  const cols = windowNumber(windows, 11);
  const run: usize = (<usize>(xCols / (height * width))) << 3;
  const plane: usize = (<usize>xCols) << 3;
  for (let c: i32 = 0; c < channels; c++, x += plane)
    for (let i: i32 = 0; i < kernelRows; i++) {
      const top = i * windowNumber(windows, 8) - windowNumber(windows, 6);
      for (let j: i32 = 0; j < kernelCols; j++) {
        const left = j * windowNumber(windows, 9) - windowNumber(windows, 7);
        // windows q with 0 ≤ q·across + left < width
        const first = min(cols, left < 0 ? (across - 1 - left) / across : 0);
        const end = max(first, left < width ? min(cols, (width - 1 - left) / across + 1) : 0);
        for (let p: i32 = 0; p < rows; p++) {
          const row = p * down + top;
          if (row < 0 || row >= height) {
            if (!adjoint) fillRun(y, <usize>cols * run);
            y += <usize>cols * run;
            continue;
          }
          if (!adjoint) fillRun(y, <usize>first * run);
          y += <usize>first * run;
          let from = x + <usize>(row * width + left + first * across) * run;
          if (across == 1) {
            const size = <usize>(end - first) * run;
            if (adjoint) addRun(y, from, size);
            else memory.copy(y, from, size);
            y += size;
          } else
            for (let q = first; q < end; q++, from += <usize>across * run, y += run)
              if (adjoint) addRun(y, from, run);
              else memory.copy(y, from, run);
          if (!adjoint) fillRun(y, <usize>(cols - end) * run);
          y += <usize>(cols - end) * run;
        }
      }
    }
}
