/** @file `claims`: a verdict on every claim of the paper, from stored results. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { judgeClaims, PAPER_SETTINGS } from '../better-hessians/claims/claims.ts';
import { claimsMarkdown } from '../better-hessians/claims/claims-document.ts';
import { reservations } from '../better-hessians/claims/reservation.ts';
import { RESULTS_FILE, type Results } from '../better-hessians/results/results.ts';
import { STUDY, STUDY_FILE, type Study } from '../better-hessians/study/study.ts';
import { RESULTS } from '../engine/folders.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { readDigested } from '../files/digested-file.ts';
import { textFiles } from '../files/text-files.ts';
import { CLAIMS_FILE, claimsJson } from '../judging/claims-file.ts';
import { conventionSupport } from '../judging/convention-tally.ts';
import { counted } from '../judging/table.ts';
import { type ClaimVerdict, countVerdicts, supportText, VERDICTS } from '../judging/verdict.ts';
import { command } from '../terminal/command.ts';
import { text } from '../terminal/options.ts';
import type { Output } from '../terminal/output.ts';

export const addClaims = command({
  name: 'claims',
  description: "judge the paper's claims by results.json, and by study.json if it is there",
  options: {
    before: text('<claims.json>', 'verdicts of an earlier run: the page says what changed'),
    out: text('<DIR>', 'folder of the experiment; claims.md and claims.json are written there').or('runs'),
  },
  run,
});

function run(flags: { readonly out: string; readonly before: string | undefined }): Output {
  const before = flags.before === undefined ? undefined : readDigested(flags.before, CLAIMS_FILE); // refused before anything is written
  const { head, digest, settings } = readResults(path.join(flags.out, RESULTS));
  const study = readStudy(path.join(flags.out, STUDY));
  const claims = judgeClaims(settings, study);
  const single = judgeClaims(settings, study, 'single');
  const source = {
    command: 'npm run -s cli -- claims',
    resultsDigest: digest,
    studyDigest: study?.digest,
    settings: Object.entries(settings).map(
      ([name, { models, subsets, seeds }]) =>
        `${name} (${counted(models, 'base network')}, ${subsets} × ${seeds} retrainings)`,
    ),
    reservations: reservations(
      PAPER_SETTINGS.flatMap((name) => (name in settings ? [{ name, results: settings[name] }] : [])),
    ),
    missing: PAPER_SETTINGS.filter((name) => settings[name] === undefined),
    studied: study?.settings.map(({ setting }) => setting) ?? [],
  };
  const texts = new Map([
    ['claims.md', claimsMarkdown(claims, single, { ...source, before })],
    ['claims.json', claimsJson({ seed: head.seed, ...source, before: before?.digest, claims, single })],
  ]);
  writeFiles(textFiles(flags.out, texts));
  const count = (verdict: ClaimVerdict): number => claims.filter((c) => c.verdict === verdict).length;
  return {
    figures: {
      counts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])),
      claims: claims as unknown as Json,
      single: single as unknown as Json,
    },
    lines: [
      ...claims.map(
        ({ id, verdict, summary, conventions }) =>
          `${id.padEnd(26)} ${verdict.padEnd(38)} ${summary}${conventions === undefined ? '' : `. ${supportText(conventionSupport(conventions))}`}`,
      ),
      '',
      `scores averaged over networks: ${countVerdicts(claims)}`,
      `single networks: ${countVerdicts(single)}`,
      `claims: ${path.join(flags.out, 'claims.md')}, claims.json`,
    ],
  };
}

/** @throws {CommandError} there is no results.json, or not as `reproduce` wrote it. */
function readResults(file: string): Results {
  if (!existsSync(file)) throw new CommandError(`${file} is missing: run reproduce with this --out first.`);
  return readDigested(file, RESULTS_FILE);
}

/** @throws {CommandError} a study.json that is not as `study` wrote it. */
function readStudy(file: string): Study | undefined {
  return existsSync(file) ? readDigested(file, STUDY_FILE) : undefined;
}
