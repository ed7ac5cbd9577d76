/** @file Scores of attention and what is made of them: one node where the op of the description can, products, mask and softmax where not. */
import type { Call } from './conversion.ts';
import { forHeads } from './masks.ts';
import type { Scores } from './values.ts';
import { type Factor, sizeOf, type View } from './view.ts';

/** Two scales this close, relatively, are the same but for rounding. */
const ROUNDING = 1e-14;

/** A tensor [.., positions, features]: the axes before are batch and heads. */
interface HeadView {
  readonly heads: readonly Factor[];
  readonly positions: readonly Factor[];
  readonly features: readonly Factor[];
  /** Product of sizes before the batch. */
  readonly place: number;
}

function headView(call: Call, { dims, batch }: View): HeadView {
  const [positions, features] = dims.slice(-2);
  const lead = dims.slice(0, -2).flat();
  const at = lead.indexOf(batch);
  if (dims.length < 3 || at < 0)
    call.unsupported(
      'is attention over other axes than [batch, heads, positions, features], which is not supported.',
    );
  return {
    heads: lead.filter((factor) => factor !== batch),
    positions,
    features,
    place: sizeOf(lead.slice(0, at)),
  };
}

/** softmax(scale · q kᵀ + mask) v; the result has the axes of v, with the positions of q. */
export function attend(call: Call, scores: Omit<Scores, 'kind' | 'shape'>, value: View): View {
  const { query, key, mask } = scores;
  const parts = [query, key, value].map((view) => headView(call, view));
  const [q, k, v] = parts;
  checkHeads(call, parts);
  const like = (a: HeadView, b: HeadView): boolean =>
    sizeOf(a.positions) === sizeOf(b.positions) && sizeOf(a.features) === sizeOf(b.features);
  const positions = [{ size: sizeOf(q.positions) }];
  const dims = [...value.dims.slice(0, -2), positions, v.features];
  if (!like(q, k) || !like(k, v) || mask.keep !== undefined || mask.shift !== undefined) {
    const shares = call.writer.add(call.id(), 'softmax', [scoresNode(call, scores)]);
    const mixed = call.writer.add(`${call.id()}.mix`, 'matmul', [
      shares,
      call.writer.shaped(value, [v.heads, v.positions, v.features]),
    ]);
    return { ...value, node: mixed, axes: [v.heads, positions, v.features], dims, scale: 1 };
  }
  const views = [query, key, value];
  const inputs = parts.map(({ heads, positions: own, features }, i) =>
    call.writer.shaped(i < 2 ? { ...views[i], scale: 1 } : views[i], [own, [...heads, ...features]]),
  );
  const usual = 1 / Math.sqrt(sizeOf(k.features));
  const scale = scores.scale * query.scale * key.scale;
  const id = call.writer.add(call.id(), 'attention', inputs, {
    heads: sizeOf(q.heads),
    causal: mask.causal,
    ...(Math.abs(scale - usual) <= ROUNDING * usual ? {} : { scale }),
    ...(mask.paddingToken === undefined ? {} : { paddingToken: mask.paddingToken }),
  });
  return { ...value, node: id, axes: [positions, [...v.heads, ...v.features]], dims, scale: 1 };
}

function checkHeads(call: Call, parts: readonly HeadView[]): void {
  const [q, k, v] = parts;
  const alike = parts.every(({ heads, place }) => sizeOf(heads) === sizeOf(q.heads) && place === q.place);
  const fits =
    sizeOf(q.features) === sizeOf(k.features) &&
    (v === undefined || sizeOf(k.positions) === sizeOf(v.positions));
  if (alike && fits) return;
  const sizes = parts.map(({ heads, positions, features }) =>
    [heads, positions, features].map(sizeOf).join(),
  );
  call.unsupported(
    `has queries, keys and values that do not fit (heads, positions, features: ${sizes.join('; ')}), which is not supported.`,
  );
}

/** q kᵀ, scaled and masked, as a node [heads, T, S]. */
function scoresNode(call: Call, { query, key, scale, mask }: Omit<Scores, 'kind' | 'shape'>): string {
  const [q, k] = [query, key].map((view) => headView(call, view));
  checkHeads(call, [q, k]);
  const { writer } = call;
  const heads = sizeOf(q.heads);
  const operands = [query, key].map((view, i) => {
    const { heads: own, positions, features } = i === 0 ? q : k;
    return writer.shaped({ ...view, scale: 1 }, [own, positions, features]);
  });
  const factor = scale * query.scale * key.scale;
  let node = writer.add(`${call.id()}.scores`, 'matmul', operands, { transpose: true });
  if (factor !== 1) node = writer.add(`${node}.scale`, 'scale', [node], { factor });
  const stored = (name: 'keep' | 'shift'): Record<string, string> => {
    const given = mask[name];
    if (given === undefined) return {};
    const { shape, data } = forHeads(call, given, heads);
    return { [name]: call.constantTensor(`${node}.${name}`, shape, data) };
  };
  if (mask.shift !== undefined)
    node = writer.add(`${node}.shift`, 'constant-affine', [node], stored('shift'));
  const hidden = {
    ...(mask.causal ? { causal: true } : {}),
    ...(mask.paddingToken === undefined ? {} : { paddingToken: mask.paddingToken }),
    ...stored('keep'),
  };
  return Object.keys(hidden).length === 0 ? node : writer.add(`${node}.mask`, 'mask', [node], hidden);
}

/** The scores, or their softmax, as a tensor. */
export function scoresView(call: Call, scores: Scores): View {
  const { query, key } = scores;
  const [q, k] = [query, key].map((view) => headView(call, view));
  const node = scoresNode(call, scores);
  const [rows, cols] = [[{ size: sizeOf(q.positions) }], [{ size: sizeOf(k.positions) }]];
  return {
    ...query,
    node: scores.kind === 'scores' ? node : call.writer.add(call.id(), 'softmax', [node]),
    axes: [q.heads, rows, cols],
    dims: [...query.dims.slice(0, -2), rows, cols],
    scale: 1,
  };
}
