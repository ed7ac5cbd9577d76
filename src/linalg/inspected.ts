/** @file What `console.log` of Node, Deno and Bun shows of an object, without a word of any of them. */

/** Where they look for it. */
const INSPECT: symbol = /* @__PURE__ */ Symbol.for('nodejs.util.inspect.custom');

/**
 * The parent of classes that are shown as their `toString`; below the depth to which an object is shown, as its first line in brackets.
 * Made by a call without effects, so that bundlers may drop it: declarations cannot have a member by that symbol.
 */
export const Inspected: abstract new () => object = /* @__PURE__ */ inspected();

function inspected(): abstract new () => object {
  class Parent {}
  function shown(this: object, depth?: number | null): string {
    const text = String(this);
    return typeof depth === 'number' && depth < 0 ? `[${text.split('\n')[0]}]` : text;
  }
  Object.defineProperty(Parent.prototype, INSPECT, { value: shown });
  return Parent;
}
