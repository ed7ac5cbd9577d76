// The command line of the checkout: bundled when the sources have changed since, then run. node tools/cli.mjs COMMAND …
import { pathToFileURL } from 'node:url';
import { checkoutBundle } from './bundle.mjs';

await import(pathToFileURL(await checkoutBundle()).href);
