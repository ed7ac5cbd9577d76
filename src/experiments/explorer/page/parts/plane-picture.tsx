/** @file The plane as a picture: probabilities, border, points by their influence, the place that is asked about. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { CELLS, type PlaneTrained } from '../../core/plane.ts';
import { type Place, SPAN } from '../../core/plane-settings.ts';
import { downloadCanvas } from '../download.ts';

/** Pixels of a side. */
const SIDE = 720;
const STEP = 0.08;
const COLOURS = { orange: [230, 159, 0], blue: [0, 114, 178] } as const;

interface Props {
  readonly label: string;
  readonly trained: PlaneTrained;
  readonly place: Place;
  /** Predicted change of the loss, for each point. */
  readonly values: Float64Array | undefined;
  readonly onPlace: (x: number, y: number) => void;
}

const toPixel = (v: number): number => (SIDE * (v + SPAN)) / (2 * SPAN);

export function PlanePicture(props: Props): JSX.Element {
  const { label, place, onPlace } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context !== null && context !== undefined) draw(context, props);
  });
  const clamp = (v: number): number => Math.min(SPAN, Math.max(-SPAN, v));
  return (
    <figure class="plane">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the arrow keys are for the cross, not for reading */}
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        tabIndex={0}
        role="application"
        aria-label={`The plane by ${label}; the cross is at ${place.x.toFixed(2)}, ${place.y.toFixed(2)}. Arrow keys move it.`}
        onPointerDown={({ currentTarget, clientX, clientY }) => {
          const box = currentTarget.getBoundingClientRect();
          onPlace(
            clamp(SPAN * ((2 * (clientX - box.left)) / box.width - 1)),
            clamp(SPAN * (1 - (2 * (clientY - box.top)) / box.height)),
          );
        }}
        onKeyDown={(event) => {
          const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
            event.key
          ];
          if (move === undefined) return;
          event.preventDefault();
          const step = event.shiftKey ? 5 * STEP : STEP;
          onPlace(clamp(place.x + step * move[0]), clamp(place.y + step * move[1]));
        }}
      />
      <figcaption>
        <strong>{label}</strong>
        <button
          type="button"
          class="small"
          onClick={() => canvas.current !== null && downloadCanvas(`plane-${label}.png`, canvas.current)}
        >
          PNG<span class="unseen"> of the plane by {label}</span>
        </button>
      </figcaption>
    </figure>
  );
}

function draw(context: CanvasRenderingContext2D, props: Props): void {
  drawGround(context, props.trained.grid);
  drawBorder(context, props.trained.grid);
  drawPoints(context, props);
  const [x, y] = [toPixel(props.place.x), toPixel(-props.place.y)];
  for (const [width, colour] of [
    [7, '#fff'],
    [3, '#000'],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(x - 16, y);
    context.lineTo(x + 16, y);
    context.moveTo(x, y - 16);
    context.lineTo(x, y + 16);
    context.stroke();
  }
}

function drawGround(context: CanvasRenderingContext2D, grid: Float64Array): void {
  const cells = new OffscreenCanvas(CELLS, CELLS);
  const inner = cells.getContext('2d');
  if (inner === null) return;
  const image = inner.createImageData(CELLS, CELLS);
  for (const [i, p] of grid.entries()) {
    for (let c = 0; c < 3; c++)
      image.data[4 * i + c] = 255 - 0.55 * (255 - (p * COLOURS.blue[c] + (1 - p) * COLOURS.orange[c]));
    image.data[4 * i + 3] = 255;
  }
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(cells, 0, 0, SIDE, SIDE);
}

/** Where the probability crosses one half, by linear interpolation along the sides of the cells (marching squares). */
function drawBorder(context: CanvasRenderingContext2D, grid: Float64Array): void {
  const at = (k: number): number => (SIDE * (k + 0.5)) / CELLS;
  context.strokeStyle = '#fff';
  context.lineWidth = 4;
  context.beginPath();
  for (let r = 0; r + 1 < CELLS; r++)
    for (let c = 0; c + 1 < CELLS; c++) {
      const corners = [
        [r, c],
        [r, c + 1],
        [r + 1, c + 1],
        [r + 1, c],
      ] as const;
      const crossings: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const [[r0, c0], [r1, c1]] = [corners[k], corners[(k + 1) % 4]];
        const [a, b] = [grid[r0 * CELLS + c0] - 0.5, grid[r1 * CELLS + c1] - 0.5];
        if (a > 0 === b > 0) continue;
        const t = a / (a - b);
        crossings.push([at(c0 + t * (c1 - c0)), at(r0 + t * (r1 - r0))]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        context.moveTo(...crossings[k]);
        context.lineTo(...crossings[k + 1]);
      }
    }
  context.stroke();
}

function drawPoints(context: CanvasRenderingContext2D, { trained, values }: Props): void {
  const { points, labels } = trained;
  const most = values === undefined ? 1 : values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-300);
  for (const [i, label] of labels.entries()) {
    const share = values === undefined ? 0 : Math.sqrt(Math.abs(values[i]) / most);
    const [x, y] = [toPixel(points[2 * i]), toPixel(-points[2 * i + 1])];
    const colour = label === 1 ? COLOURS.blue : COLOURS.orange;
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.beginPath();
    context.arc(x, y, 6 + 14 * share, 0, 2 * Math.PI);
    context.fill();
    context.lineWidth = 2 + 2 * share;
    context.strokeStyle = share > 0.15 ? '#000' : '#fff';
    context.setLineDash(values !== undefined && values[i] < 0 && share > 0.15 ? [5, 4] : []);
    context.stroke();
  }
  context.setLineDash([]);
}
