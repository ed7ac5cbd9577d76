/** @file The length of (x, y); Math.hypot may differ between engines. */

/** √(x² + y²) without overflow or underflow. */
export function hypotenuse(x: number, y: number): number {
  const squares = x * x + y * y;
  if (squares > 1e-280 && squares < 1e280) return Math.sqrt(squares);
  const a = Math.max(Math.abs(x), Math.abs(y));
  if (a === 0) return 0;
  const t = Math.min(Math.abs(x), Math.abs(y)) / a;
  return a * Math.sqrt(1 + t * t);
}
