/**
 * @file `npm run check:explorer`: the explorer's page in a real Chromium, end to end: Digits, a dropped table, pictures, numbers against the command
 * line's, the keyboard alone, 390 px, no network, the policy, long tasks. Skipped where there is no Chromium. `--pictures DIR` keeps screenshots.
 */
import { rmSync } from 'node:fs';
import { pageFolder } from '../../src/experiments/explorer/page-folder.ts';
import { servePage } from '../../src/experiments/explorer/page-server.ts';
import { counts, work } from './explorer/checks.ts';
import { findBrowser, launch } from './explorer/chromium.ts';
import { cancelling, onDigits, onPictures, onTable } from './explorer/data-flows.ts';
import { byKeyboard, command, elsewhere, offline, onPlane } from './explorer/page-flows.ts';

const executable = findBrowser();
if (executable === undefined) {
  rmSync(work, { recursive: true, force: true });
  console.log('explorer: skipped, no Chromium found; EIGENFLUENCE_BROWSER names one');
} else {
  const folder = await pageFolder();
  const server = await servePage(folder, 0);
  const browser = await launch(executable);
  try {
    await onDigits(browser, server.url);
    await cancelling(browser, server.url);
    await onTable(browser, server.url);
    await onPictures(browser, server.url);
    await byKeyboard(browser, server.url);
    await onPlane(browser, server.url);
    await elsewhere(browser, folder);
    await offline(browser, folder);
    await command();
  } finally {
    await browser.close();
    await server.close();
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`explorer: ${counts.passed} passed, ${counts.failed} failed (${executable})`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
