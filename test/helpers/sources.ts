/** @file The source tree as data: files, and what each imports. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** Every TypeScript file below `folder`, relative to the root, with forward slashes, sorted. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes(`assembly${path.sep}`)) // AssemblyScript has its own compiler
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort();
}

/** The text of a file, relative to the root. */
export function sourceText(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The module specifiers that a file imports or re-exports, statically or by `import()`. */
export function imports(file: string): string[] {
  const text = sourceText(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)(['"])([^'"\s,]+)\1/gm;
  return [...text.matchAll(pattern)].map((match) => match[2]);
}

/** The relative imports of a file, resolved to paths relative to the root. */
export function relativeImports(file: string): string[] {
  return imports(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => path.posix.normalize(path.posix.join(path.posix.dirname(file), target)));
}
