/**
 * @file A copy of the sources in which a recipe of docs/recipes.md is carried out, type-checked and run. A recipe's `typescript` blocks begin with a
 * comment that says where they go: `// file` is a new file, `// file: import` goes behind the imports of a file, and `// file: NAME` to
 * the end of the table that the constant or type NAME is there.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** One block of a recipe. */
export interface RecipeBlock {
  readonly file: string;
  /** Undefined: the block is the file. */
  readonly place: string | undefined;
  readonly text: string;
}

/** The blocks of a section of docs/recipes.md, in order. @param title - Its heading without the ##. */
export function recipe(title: string): readonly RecipeBlock[] {
  const page = readFileSync(path.join(ROOT, 'docs/recipes.md'), 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`docs/recipes.md has no section ${title}`);
  const blocks = [...section.matchAll(/^```typescript\n([\s\S]*?)^```/gm)].map(([, block]): RecipeBlock => {
    const head = /^\/\/ (\S+?)(?:: (\S+))?\n/.exec(block);
    if (head === null) throw new Error(`a block of ${title} does not say where it goes`);
    return { file: head[1], place: head[2], text: block.slice(head[0].length) };
  });
  if (blocks.length === 0) throw new Error(`the section ${title} has no blocks`);
  return blocks;
}

/** A copy of src and what belongs to it, in a folder of its own. Call {@link ScratchCopy.remove} at the end. */
export class ScratchCopy {
  readonly root: string;
  /** What files held before they were written to. */
  private readonly written = new Map<string, string | undefined>();

  /** @param further - Files and folders to copy beside src. */
  constructor(further: readonly string[] = []) {
    this.root = mkdtempSync(path.join(tmpdir(), 'recipe-'));
    for (const name of ['src', 'package.json', 'tsconfig.json', ...further])
      cpSync(path.join(ROOT, name), path.join(this.root, name), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.root, 'node_modules'));
  }

  /** Carries out the steps of a recipe. */
  follow(blocks: readonly RecipeBlock[]): this {
    for (const block of blocks) this.add(block);
    return this;
  }

  write(file: string, text: string): void {
    const to = path.join(this.root, file);
    if (!this.written.has(file))
      this.written.set(file, existsSync(to) ? readFileSync(to, 'utf8') : undefined);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, text);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Replaces a piece of text that is there once. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (text.split(from).length !== 2) throw new Error(`${file}: not there once: ${from}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** Undoes what was written since the copy was made. */
  restore(): this {
    for (const [file, before] of this.written)
      if (before === undefined) rmSync(path.join(this.root, file));
      else writeFileSync(path.join(this.root, file), before);
    this.written.clear();
    return this;
  }

  /** Errors of the compiler in a file and all it imports, those of the package's declarations included, or in the file alone; none: []. What did not change is parsed once. */
  typeErrors(entry: string, alone?: 'alone'): string[] {
    const { config } = ts.readConfigFile(path.join(this.root, 'tsconfig.json'), ts.sys.readFile);
    const given = { ...config, include: [entry] };
    const { options } = ts.parseJsonConfigFileContent(given, ts.sys, this.root, {
      declaration: true,
      isolatedDeclarations: true,
    });
    const host = ts.createCompilerHost(options);
    const parse = host.getSourceFile.bind(host);
    host.getSourceFile = (file, ...rest) => {
      const own = file.startsWith(this.root) && !file.includes('node_modules');
      const text = own ? ts.sys.readFile(file) : '';
      const known = PARSED.get(file);
      if (known !== undefined && known.text === text) return known.source;
      const source = parse(file, ...rest);
      if (source !== undefined && text !== undefined) PARSED.set(file, { text, source });
      return source;
    };
    const program = ts.createProgram([path.join(this.root, entry)], options, host);
    const of = alone && program.getSourceFile(path.join(this.root, entry));
    const published = (file: ts.SourceFile): boolean => /\/src\/(?!experiments)/.test(file.fileName);
    const declarations = (of === undefined ? program.getSourceFiles() : [of])
      .filter((file) => file.fileName.startsWith(this.root) && published(file))
      .flatMap((file) => program.getDeclarationDiagnostics(file));
    return [
      ...program.getSyntacticDiagnostics(of),
      ...program.getSemanticDiagnostics(of),
      ...declarations,
    ].map(({ file, messageText }) => {
      const where = file === undefined ? '' : `${path.relative(this.root, file.fileName)}: `;
      return where + ts.flattenDiagnosticMessageText(messageText, '\n');
    });
  }

  /** Runs a file of the copy; what it prints. @throws with what it says on stderr when it fails. */
  run(entry: string): string {
    return this.command(['--import', 'tsx', entry]);
  }

  /** Runs one test file of the copy with vitest, or those of its tests whose names match. @throws with its report when it fails. */
  test(file: string, names?: string): string {
    const chosen = names === undefined ? [] : ['-t', names];
    return this.command(['node_modules/vitest/vitest.mjs', 'run', '--root', '.', file, ...chosen]);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private command(args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.root,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  private add({ file, place, text }: RecipeBlock): void {
    if (place === undefined) {
      this.write(file, text);
      return;
    }
    const lines = this.read(file).split('\n');
    const at = place === 'import' ? afterImports(lines) : endOfTable(file, lines, place);
    lines.splice(at, 0, ...text.trimEnd().split('\n'));
    this.write(file, lines.join('\n'));
  }
}

/** Files of the compiler and of copies as they were last parsed. */
const PARSED = new Map<string, { readonly text: string; readonly source: ts.SourceFile }>();

function afterImports(lines: readonly string[]): number {
  let after = 0;
  for (const [i, line] of lines.entries()) if (/^(import .*|\}) from '.*';$/.test(line)) after = i + 1;
  return after;
}

/** The line that closes a table. */
function endOfTable(file: string, lines: readonly string[], name: string): number {
  const start = lines.findIndex((line) =>
    new RegExp(`^(export )?(const|type|interface) ${name}\\b`).test(line),
  );
  const close = lines.findIndex((line, i) => i > start && /^[}\])]/.test(line));
  if (start < 0 || close < 0) throw new Error(`${file} has no table ${name}`);
  return close;
}
