/** @file Names that are nearly what somebody typed. */
import { distance } from '../../linalg/border/arguments.ts';

/** Up to three names, nearest first: a third of their letters may differ, or one holds the other. */
export function nearestNames(asked: string, names: readonly string[]): string[] {
  const low = asked.toLowerCase();
  const near = names.flatMap((name) => {
    const far = distance(asked, name);
    const within =
      name.length > 2 &&
      low.length > 2 &&
      (name.toLowerCase().includes(low) || low.includes(name.toLowerCase()));
    return within || far <= Math.max(1, Math.floor(name.length / 3)) ? [{ name, far }] : [];
  });
  near.sort((a, b) => a.far - b.far);
  return near.slice(0, 3).map(({ name }) => name);
}
