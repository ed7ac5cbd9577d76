/** @file Duplicate keys in JSON text, which JSON.parse silently resolves to the last one. */

/**
 * The first key that occurs twice in one object of `json`, or undefined.
 *
 * @param json - Text that JSON.parse accepts; nothing is checked again here.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') open.push(new Set());
    else if (json[at] === '}') open.pop();
    else if (json[at] === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      let next = at + 1;
      while (' \t\r\n'.includes(json[next]) && next < json.length) next++;
      if (json[next] !== ':') continue; // a value
      const key = JSON.parse(json.slice(start, at + 1)) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
