/** @file A symmetric matrix as a picture. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Entries by sign and by the root of their size; lines between the layers. */
export function MatrixPicture({
  label,
  values,
  size,
  layers,
}: {
  label: string;
  values: Float64Array;
  size: number;
  layers: readonly number[];
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const between = layers.join();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    const image = context.createImageData(size, size);
    const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-300);
    for (const [i, value] of values.entries()) {
      const share = Math.sqrt(Math.abs(value) / most);
      const colour = value > 0 ? [0, 114, 178] : [213, 94, 0];
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 - share * (255 - colour[c]);
      image.data[4 * i + 3] = 255;
      const [r, col] = [Math.floor(i / size), i % size];
      if (layers.some((at) => at > 0 && (r === at || col === at))) image.data[4 * i + 3] = 200;
    }
    context.putImageData(image, 0, 0);
  }, [values, size, between]);
  return (
    <figure>
      <canvas ref={canvas} width={size} height={size} role="img" aria-label={`${label} as a matrix`} />
      <figcaption>{label}</figcaption>
    </figure>
  );
}
