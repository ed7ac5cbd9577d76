/** @file `explore`: a page in the browser that trains networks and shows who helped and harmed, served here or written for any host. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { interruptible } from '../engine/interrupt.ts';
import { pageFolder } from '../explorer/page-folder.ts';
import { servePage } from '../explorer/page-server.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { checkFolder } from '../files/make-folder.ts';
import { type Asked, command, type FlagsOf } from '../terminal/command.ts';
import { text, whole } from '../terminal/options.ts';
import type { Output } from '../terminal/output.ts';
import { refuseGiven } from '../terminal/strict-options.ts';

const PORT = 8400;
const OPTIONS = {
  port: whole('<p>', 'on 127.0.0.1; 0 takes any that is free', 0, 65_535).or(PORT),
  out: text('<DIR>', 'written instead of served: the page as files for any host and folder'),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addExplore = command({
  name: 'explore',
  description: 'a page that trains networks and shows who helped and harmed; Ctrl-C ends it',
  options: OPTIONS,
  async run(flags, given) {
    if (flags.out === undefined) return serve(flags);
    refuseGiven(given, ['port'], 'has no effect with --out, which writes files');
    return write(flags.out);
  },
});

/** Writes the static build. */
async function write(out: string): Promise<Output> {
  if (out === '') throw new CommandError('--out names no folder.');
  checkFolder(out);
  const from = await pageFolder();
  const names = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(from, path.join(parentPath, name)))
    .sort();
  const files = names.map((name) => ({
    path: path.join(out, name),
    bytes: readFileSync(path.join(from, name)),
  }));
  writeFiles(files, 'make');
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return {
    figures: { out, files: names, bytes },
    lines: [`the explorer: ${names.length} files, ${Math.round(bytes / 1000)} kB, written to ${out}`],
  };
}

/** Serves until somebody ends it. */
async function serve({ port, json }: Flags & Asked): Promise<Output> {
  const start = performance.now();
  const server = await servePage(await pageFolder(), port);
  const line = `the explorer is at ${server.url} (Ctrl-C ends)\n`;
  (json === true ? process.stderr : process.stdout).write(line);
  try {
    await interruptible(new Promise<never>(() => {}));
  } catch (error) {
    await server.close();
    if (!(error instanceof CommandError)) throw error; // an interruption was asked for: no failure
  }
  const { url, port: taken } = server;
  return { figures: { url, port: taken, seconds: { serve: (performance.now() - start) / 1000 } }, lines: [] };
}
