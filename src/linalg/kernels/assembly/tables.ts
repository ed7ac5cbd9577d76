/** @file Rows of a table chosen by tokens, four columns at a time (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';

/** Address of the row that a token names. */
@inline
function rowOf(tokens: i32, c: i32, width: i32, table: i32): usize {
  return at(table + <i32>load<f64>(at(tokens + c)) * width);
}

/** out[r, c] ← table[tokens[c], r]. */
export function lookUp(
  tableRows: i32,
  rows: i32,
  cols: i32,
  width: i32,
  tokens: i32,
  table: i32,
  out: i32,
): void {
  const line: usize = (<usize>cols) << 3;
  let c: i32 = 0;
  for (; c + 4 <= cols; c += 4) {
    let p0 = rowOf(tokens, c, width, table);
    let p1 = rowOf(tokens, c + 1, width, table);
    let p2 = rowOf(tokens, c + 2, width, table);
    let p3 = rowOf(tokens, c + 3, width, table);
    let o = at(out + c);
    const end = o + <usize>rows * line;
    for (; o < end; o += line, p0 += 8, p1 += 8, p2 += 8, p3 += 8) {
      store<f64>(o, load<f64>(p0));
      store<f64>(o, load<f64>(p1), 8);
      store<f64>(o, load<f64>(p2), 16);
      store<f64>(o, load<f64>(p3), 24);
    }
  }
  for (; c < cols; c++) {
    let p = rowOf(tokens, c, width, table);
    let o = at(out + c);
    for (let r: i32 = 0; r < rows; r++, p += 8, o += line) store<f64>(o, load<f64>(p));
  }
}

/** table ← 0 in its first `rows` columns, then table[tokens[c], r] += y[r, c], c ascending. */
export function lookUpAdjoint(
  tableRows: i32,
  rows: i32,
  cols: i32,
  width: i32,
  tokens: i32,
  y: i32,
  table: i32,
): void {
  const line: usize = (<usize>cols) << 3;
  for (let t: i32 = 0; t < tableRows; t++) memory.fill(at(table + t * width), 0, (<usize>rows) << 3);
  let c: i32 = 0;
  for (; c + 4 <= cols; c += 4) {
    let o0 = rowOf(tokens, c, width, table);
    let o1 = rowOf(tokens, c + 1, width, table);
    let o2 = rowOf(tokens, c + 2, width, table);
    let o3 = rowOf(tokens, c + 3, width, table);
    let p = at(y + c);
    const end = p + <usize>rows * line;
    for (; p < end; p += line, o0 += 8, o1 += 8, o2 += 8, o3 += 8) {
      store<f64>(o0, load<f64>(o0) + load<f64>(p));
      store<f64>(o1, load<f64>(o1) + load<f64>(p, 8));
      store<f64>(o2, load<f64>(o2) + load<f64>(p, 16));
      store<f64>(o3, load<f64>(o3) + load<f64>(p, 24));
    }
  }
  for (; c < cols; c++) {
    let o = rowOf(tokens, c, width, table);
    let p = at(y + c);
    for (let r: i32 = 0; r < rows; r++, o += 8, p += line) store<f64>(o, load<f64>(o) + load<f64>(p));
  }
}
