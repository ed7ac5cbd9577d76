/** @file Which constants a node names: tensors beside the parameters that nothing trains. */
import type { DescribedNode } from './description.ts';

/** Their names. */
export function buffersNamed(node: DescribedNode): readonly string[] {
  switch (node.op) {
    case 'batch-norm':
      return [node.mean, node.variance];
    case 'constant-affine':
      return [node.scale, node.shift].flatMap((name) => name ?? []);
    case 'sparse-matmul':
      return [node.indices, node.values];
    case 'mask':
      return node.keep === undefined ? [] : [node.keep];
    default:
      return [];
  }
}
