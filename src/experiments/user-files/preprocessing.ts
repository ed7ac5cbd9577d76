/** @file Whether inputs look as a network's file says that its training inputs were prepared. */
import type { Matrix } from '../../linalg/index.ts';
import type { Told } from './any-network.ts';

/** So many times what is expected of a random part of the training set: reached with a probability of at most 1/25, whatever the data are. */
const TIMES = 25;

/**
 * What to say of training inputs that are plainly not standardised, where the network's file says that they were.
 *
 * In a standardised set every feature has mean 0 and mean square 1. In a random part of n of its examples the square of a feature's mean
 * is expected to be at most 1/n (a sample without replacement), its mean square 1, whatever the features' laws and dependences are. Both are averaged over
 * the features that are not 0 throughout (a constant feature is, once standardised). By Markov's inequality either is 25 times larger with probability
 * 1/25 at most; for features that are not made for it, never. The whole set, with any of the usual divisors, is nowhere near. A mean square below 1/25 is told too.
 * What cannot be told from a part chosen by class, say, is unstandardised input of about unit size: both are told, as neither is the training set.
 *
 * @param file - Of the inputs, for the message.
 */
export function preprocessingWarnings(
  { file: network, preprocessing }: Told,
  inputs: Matrix,
  file: string,
): string[] {
  if (preprocessing === null || !saysStandardised(preprocessing)) return [];
  const { rows: n, cols } = inputs;
  let features = 0;
  let means = 0;
  let squares = 0;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      const x = inputs.at(i, j);
      sum += x;
      square += x * x;
    }
    if (square === 0) continue;
    features++;
    means += (sum / n) ** 2;
    squares += square / n;
  }
  if (features === 0) return [];
  means /= features;
  squares /= features;
  if (means <= TIMES / n && squares <= TIMES && squares >= 1 / TIMES) return [];
  const spread = Math.sqrt(Math.max(0, squares - means));
  return [
    `${file}: these are not the standardised inputs that ${network} was trained on: their means are ${Math.sqrt(means).toPrecision(2)} and their standard deviations ${spread.toPrecision(2)} ` +
      '(root mean squares over the features), not 0 and 1.',
  ];
}

/** "standardised", in either spelling, or z-scores; but neither "not standardised" nor anything that is done example by example. */
function saysStandardised(text: string): boolean {
  return (
    /\b(standardi[sz]ed|z-?scored?s?)\b/i.test(text) &&
    !/\b(not|un|non|never|without)[- ]?(standardi|z-?scor)/i.test(text) &&
    !/\b(each|every|per|by) (example|image|row|sample)\b/i.test(text)
  );
}
