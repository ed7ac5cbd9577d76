/** @file In which order the linear layers of a state dict follow each other: by their names, and by their shapes where names do not tell. */
import { refuse } from './refuse-parameters.ts';

/** What the order depends on. */
export interface NamedShape {
  /** Path of the module. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** More groups than this are not tried in every order. */
const MAX_GROUPS = 8;

/** Containers that a forward pass runs as they are; a list by another name may have activations between its members. */
const SEQUENTIAL =
  /(^|[._])(net|network|seq|sequential|model|mlp|stack|main|\w*_stack|features|classifier|encoder|decoder|head)$/i;

/**
 * The layers in the order of the network.
 *
 * Names that differ only in their numbers (0, 2, 4; fc1 … fc10; layers.0.linear, layers.1.linear) are in the order of these numbers. Where
 * there are several kinds of names (input, hidden, output; net.0, net.2, head), kinds stay together, and that order of kinds is
 * taken in which each layer reads what the one before gives, if there is only one.
 *
 * @throws {FormatError} the order cannot be known from names and shapes, or shapes do not chain.
 */
export function orderLayers<T extends NamedShape>(layers: readonly T[]): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const layer of layers) {
    const kind = kindOf(layer.name);
    groups.set(kind, [...(groups.get(kind) ?? []), layer]);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => compareNumbers(a.name, b.name));
    for (let i = 1; i < group.length; i++)
      if (compareNumbers(group[i - 1].name, group[i].name) === 0)
        refuse(`the order of ${group[i - 1].name} and ${group[i].name} cannot be known: ${ADVICE}`);
  }
  const kinds = [...groups.values()];
  if (kinds.length === 1) return checkChain(kinds[0]);
  const fitting = kinds.length > MAX_GROUPS ? [] : orders(kinds).filter((order) => chains(order.flat()));
  if (fitting.length === 1) return fitting[0].flat();
  const names = listed(layers.map(({ name }) => name));
  if (fitting.length > 1)
    refuse(`the order of ${names} cannot be known: several fit their shapes; ${ADVICE}`);
  if (kinds.length > MAX_GROUPS) refuse(`the order of ${names} cannot be known from their names; ${ADVICE}`);
  return refuse(
    `${names} are no chain of linear layers in any order: ${layers.map(({ name, inputs, outputs }) => `${name || 'weight'} ${inputs} → ${outputs}`).join(', ')}.`,
  );
}

/** What to do where names do not tell. */
export const ADVICE = 'say it with the option layers, on the command line --layers a,b,c.';

/**
 * Refuses neighbours of an nn.Sequential between which no activation can lie.
 *
 * @param layers - In their order. Names like fc1 and fc2 tell nothing; a list of layers numbered 0, 1, 2, … without gaps, by another
 *   name than those of sequential containers, has its activations elsewhere.
 */
export function checkBetween(layers: readonly NamedShape[]): void {
  const places = layers.map(({ name }) => /^(?:(.*)\.)?(\d+)$/.exec(name));
  const gapless = places.every((place, i) => place !== null && Number(place[2]) === i);
  for (const [i, place] of places.entries()) {
    const before = i === 0 ? null : places[i - 1];
    if (place === null || before === null || place[1] !== before[1]) continue;
    if (Number(place[2]) !== Number(before[2]) + 1) continue;
    const container = place[1];
    if (container !== undefined && gapless && !SEQUENTIAL.test(container)) continue;
    refuse(
      `modules ${before[0]} and ${place[0]} are both linear: no activation lies between them. If one does, say so by naming the layers in their order (option layers, --layers a,b,c).`,
    );
  }
}

/** Each layer reads what the one before gives, or a refusal that names the two. */
export function checkChain<T extends NamedShape>(layers: readonly T[]): readonly T[] {
  for (const [i, { name, inputs }] of layers.entries())
    if (i > 0 && inputs !== layers[i - 1].outputs)
      refuse(
        `${name}.weight reads ${inputs} inputs, but ${layers[i - 1].name}.weight gives ${layers[i - 1].outputs}.`,
      );
  return layers;
}

function chains(layers: readonly NamedShape[]): boolean {
  return layers.every(({ inputs }, i) => i === 0 || inputs === layers[i - 1].outputs);
}

/** Every order of some groups. */
function orders<T>(groups: readonly T[]): T[][] {
  if (groups.length <= 1) return [[...groups]];
  return groups.flatMap((first, i) =>
    orders([...groups.slice(0, i), ...groups.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}

/** A name without its numbers: layers of one kind are in the order of these. */
export function kindOf(name: string): string {
  return name.replace(/\d+/g, '#');
}

/** By the numbers in two names of one kind, from left to right. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [a, b].map((name) => (name.match(/\d+/g) ?? []).map(Number));
  for (const [i, number] of x.entries()) if (number !== y[i]) return number - y[i];
  return 0;
}

/** At most a handful of names. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => name.slice(0, 60));
  return names.length > shown.length ? `${shown.join(', ')}, … (${names.length})` : shown.join(', ');
}
