// Links of a folder of HTML pages that lead nowhere: to files that are not there, to headings that the file does not have.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const decoded = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");

/** Names that `#name` may mean on a page. */
const anchorsOf = (html) =>
  new Set([...html.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => decoded(id)));

/** One line for each. */
export function brokenLinks(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const text = new Map(
    files.map((name) => [path.join(folder, name), readFileSync(path.join(folder, name), 'utf8')]),
  );
  const anchors = new Map([...text].map(([file, html]) => [file, anchorsOf(html)]));
  const broken = new Set();
  for (const [file, html] of text) {
    const body = html.replace(/<(script|pre)[\s\S]*?<\/\1>/g, '');
    for (const [, link] of body.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      const [target, anchor] = decoded(link).split('#');
      const named = target === '' ? file : path.join(path.dirname(file), decodeURIComponent(target));
      const to = named.endsWith('/') ? path.join(named, 'index.html') : named;
      const lost =
        !existsSync(to) ||
        statSync(to).isDirectory() ||
        (anchor !== undefined && anchor !== '' && anchors.get(to)?.has(decodeURIComponent(anchor)) === false);
      if (lost) broken.add(`${path.relative(folder, file)}: ${link} leads nowhere`);
    }
  }
  return [...broken];
}
