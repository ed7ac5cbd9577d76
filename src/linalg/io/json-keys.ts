/** @file What JSON.parse does not tell: how deep a text is nested, keys that occur twice, and the order of keys that look like integers. */

/**
 * How deep brackets are nested outside strings; of any text.
 * @example nestingDepth('{"a":[[]]}'); // 3
 */
export function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === '"') for (at++; at < text.length && text[at] !== '"'; at++) at += text[at] === '\\' ? 1 : 0;
    else if (c === '{' || c === '[') deepest = Math.max(deepest, ++depth);
    else if (c === '}' || c === ']') depth--;
  }
  return deepest;
}

/** The keys of the objects of a JSON text. */
export interface JsonKeys {
  /** The first key that occurs twice in one object. */
  readonly twice: string | undefined;
  /** Keys of the outermost object, in the order of the text. */
  readonly outer: readonly string[];
  /** For each of these whose value is an object, its keys in the order of the text. */
  readonly inner: ReadonlyMap<string, readonly string[]>;
}

/**
 * @param json - An object as text that JSON.parse accepts; nothing is checked again here.
 */
export function jsonKeys(json: string): JsonKeys {
  const open: Set<string>[] = [];
  const outer = new Set<string>();
  const inner = new Map<string, string[]>();
  let last = '';
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') open.push(open.length === 0 ? outer : new Set());
    else if (json[at] === '}') {
      const closed = open.pop();
      if (open.length === 1 && closed !== undefined) inner.set(last, [...closed]);
    } else if (json[at] === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      let next = at + 1;
      while (' \t\r\n'.includes(json[next]) && next < json.length) next++;
      if (json[next] !== ':') continue; // a value
      const key = JSON.parse(json.slice(start, at + 1)) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) return { twice: key, outer: [...outer], inner };
      keys.add(key);
      if (open.length === 1) last = key;
    }
  }
  return { twice: undefined, outer: [...outer], inner };
}
