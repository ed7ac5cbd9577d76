/** @file The cross-entropy of softmax with probabilities in place of a label: the kernel of both tiers. */
import { exp } from '../../elementary/exp.ts';
import { log1p } from '../../elementary/log.ts';
import type { Vec } from '../../matrix.ts';

/**
 * Of every column of u [classes, batch] with q of the same shape, t its greatest element (of equal ones the first), e_c = e^(u_c − u_t), r = Σ_{c≠t} e_c and
 * s = Σ q_c, each sum ascending: y ← s log(1 + r) + Σ q_c (u_t − u_c); and at `kept`, one behind the other, g, p = e/(1 + r) and s, where
 * g_c = s p_c − q_c as p_c Σ_{k≠c} q_k − q_c Σ_{k≠c} p_k: the part of k < c first, sums ascending, then that of k > c, descending. No digits are lost where
 * q has one label and p is nearly it.
 */
export function softCrossEntropyKernel(
  m: Vec,
  classes: number,
  batch: number,
  u: number,
  q: number,
  y: number,
  kept: number,
): void {
  const size = classes * batch;
  for (let n = 0; n < batch; n++) {
    let top = 0;
    for (let c = 1; c < classes; c++) if (m[u + c * batch + n] > m[u + top * batch + n]) top = c;
    const greatest = m[u + top * batch + n];
    let others = 0;
    let sum = 0;
    let below = 0;
    for (let c = 0; c < classes; c++) {
      const at = c * batch + n;
      const gap = greatest - m[u + at];
      const e = c === top ? 1 : exp(-gap);
      if (c !== top) others += e;
      sum += m[q + at];
      below += m[q + at] * gap;
      m[kept + size + at] = e;
    }
    m[y + n] = sum * log1p(others) + below;
    m[kept + 2 * size + n] = sum;
    setSlopes(m, classes, batch, q + n, kept + n, kept + size + n, 1 + others);
  }
}

/** p ← e / total, g ← p_c Σ_{k≠c} q_k − q_c Σ_{k≠c} p_k, of one column. */
function setSlopes(
  m: Vec,
  classes: number,
  batch: number,
  q: number,
  g: number,
  p: number,
  total: number,
): void {
  const end = classes * batch;
  let [sumP, sumQ] = [0, 0];
  for (let at = 0; at < end; at += batch) {
    m[p + at] /= total;
    m[g + at] = m[p + at] * sumQ - m[q + at] * sumP;
    sumP += m[p + at];
    sumQ += m[q + at];
  }
  sumP = 0;
  sumQ = 0;
  for (let at = end - batch; at >= 0; at -= batch) {
    m[g + at] += m[p + at] * sumQ - m[q + at] * sumP;
    sumP += m[p + at];
    sumQ += m[q + at];
  }
}
