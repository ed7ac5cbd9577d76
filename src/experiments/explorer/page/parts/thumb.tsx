/** @file A small picture of an example, drawn from its grey values. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Opened, ShownSet } from '../../core/service.ts';

/** Picture of an example, or nothing where there are none. Its name is said beside it. */
export function Thumb({
  set,
  size,
  index,
}: {
  set: ShownSet;
  size: Opened['size'];
  index: number;
}): JSX.Element | null {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { pixels } = set;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined || pixels === undefined || size === undefined) return;
    const { width, height } = size;
    const image = context.createImageData(width, height);
    const from = index * width * height;
    for (let i = 0; i < width * height; i++) {
      image.data.fill(255 - pixels[from + i], 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [pixels, size, index]);
  if (pixels === undefined || size === undefined) return null;
  return <canvas ref={canvas} class="thumb" width={size.width} height={size.height} />;
}

/** The answer of an example, in words. */
export function answerText({ answers }: Pick<Opened, 'answers'>, set: ShownSet, index: number): string {
  const answer = set.answers[index];
  return answers.kind === 'classes' ? answers.names[answer] : String(answer);
}
