/** @file Where the files of the page are: in the package, or built from a checkout when they are asked for. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../files/command-error.ts';

const PACKAGED = fileURLToPath(new URL('../../../dist/explorer', import.meta.url));
/** In a checkout only. */
const BUILDER = new URL('../../../tools/explorer.mjs', import.meta.url);

/** The folder of the page. @throws {CommandError} it is not there, or could not be built. */
export async function pageFolder(): Promise<string> {
  if (existsSync(BUILDER)) {
    const { checkoutExplorer } = (await import(BUILDER.href)) as { checkoutExplorer: () => Promise<string> };
    return checkoutExplorer();
  }
  if (!existsSync(path.join(PACKAGED, 'index.html')))
    throw new CommandError(`${PACKAGED} is missing: the package is not whole.`);
  return PACKAGED;
}
