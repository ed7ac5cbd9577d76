/** @file The accumulator behind every dense curvature: rows of an upper triangle, one panel per unit of the network. */
import type { Mlp, MlpLayer } from '../autodiff/mlp.ts';
import { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';

/**
 * Σ_n over examples of C[(i,r,c), (l,p,q)] = ā_i[c] · z[(l,p,q)], for parameters (l,p,q) at or after unit (i,r) in θ.
 * A parameter W_i[r,c] acts only through s_i[r], so the rows of one unit differ by the factor ā_i[c] alone: its panel
 * [in + 1, width] is one matrix product over the examples. Below the diagonal the matrix is mirrored.
 *
 * @param reach - `'model'`: panels run to the end of θ. `'layer'`: to the end of the unit's own layer, so that only the
 *   diagonal blocks are computed.
 */
export class UnitPanels {
  readonly model: Mlp;
  readonly reach: 'model' | 'layer';
  private readonly panels: readonly (readonly Matrix[])[];

  constructor(model: Mlp, reach: 'model' | 'layer') {
    this.model = model;
    this.reach = reach;
    this.panels = model.layers.map((layer) =>
      Array.from({ length: layer.outputs }, (_, r) => {
        const start = layer.offset + r * (layer.inputs + 1);
        return new Matrix(layer.inputs + 1, this.end(layer) - start);
      }),
    );
  }

  /** One past the last θ index that the panels of a layer reach. */
  end(layer: MlpLayer): number {
    return this.reach === 'model' ? this.model.parameterCount : layer.offset + layer.size;
  }

  /**
   * Adds a chunk of examples to the panel of unit r of layer i.
   *
   * @param inputs - ā_i with its row of ones, shape [in + 1, count].
   * @param z - Shape [parameterCount, count]; row k belongs to θ[k]. Rows from the unit's first parameter on are read.
   */
  accumulate(layer: MlpLayer, unit: number, inputs: Matrix, z: Matrix): void {
    const start = layer.offset + unit * (layer.inputs + 1);
    const out = this.panels[layer.index][unit];
    matmul(inputs, z.rowRange(start, this.end(layer)), { transposeB: true, out, accumulate: true });
  }

  /** scale · C with the lower triangle mirrored, exactly symmetric, shape [parameterCount, parameterCount]. */
  toMatrix(scale: number): Matrix {
    const out = new Matrix(this.model.parameterCount, this.model.parameterCount);
    for (const layer of this.model.layers) this.write(layer, out, 0, scale);
    return out;
  }

  /** scale · the diagonal blocks, one [size, size] matrix per layer. */
  layerBlocks(scale: number): Matrix[] {
    return this.model.layers.map((layer) => {
      const out = new Matrix(layer.size, layer.size);
      this.write(layer, out, layer.offset, scale);
      return out;
    });
  }

  /** Writes a layer's panels and their mirror image into `out`, whose element (0, 0) is C[origin, origin]. */
  private write(layer: MlpLayer, out: Matrix, origin: number, scale: number): void {
    const n = out.cols;
    for (const [r, panel] of this.panels[layer.index].entries()) {
      const start = layer.offset + r * panel.rows - origin;
      const width = Math.min(panel.cols, n - start);
      for (let c = 0; c < panel.rows; c++) {
        const i = start + c;
        for (let k = c; k < width; k++) {
          const j = start + k;
          const value = scale * panel.data[c * panel.cols + k];
          out.data[i * n + j] = value;
          out.data[j * n + i] = value;
        }
      }
    }
  }
}

/** A layer's inputs [in, count] with a row of ones below: the input that the bias sees. */
export function withOnes(inputs: Matrix): Matrix {
  const out = new Matrix(inputs.rows + 1, inputs.cols);
  out.data.set(inputs.data);
  out.row(inputs.rows).fill(1);
  return out;
}
