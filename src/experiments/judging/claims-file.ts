/** @file claims.json: every verdict with its findings, and a digest of all that stands in the file. */
import * as v from 'valibot';
import { digest, type Json } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import { index, type ReadOnly, sha256 } from '../files/json-schemas.ts';
import { OUTCOMES, VERDICTS } from './verdict.ts';

const CLAIMS_FORMAT = 'eigenfluence claims 3';

const ClaimsSchema = v.strictObject({
  format: v.literal(CLAIMS_FORMAT),
  digest: sha256,
  seed: index,
  command: v.string(),
  resultsDigest: sha256,
  studyDigest: v.exactOptional(sha256),
  settings: v.array(v.string()),
  reservations: v.array(v.string()),
  missing: v.array(v.string()),
  studied: v.array(v.string()),
  claims: claimList(),
  /** The same claims by single networks; absent from files made earlier. */
  single: v.exactOptional(claimList()),
  /** The digest of the file that verdicts were compared with. */
  before: v.exactOptional(sha256),
});

function claimList() {
  return v.array(
    v.looseObject({
      id: v.string(),
      claim: v.string(),
      verdict: v.picklist(VERDICTS),
      summary: v.string(),
      findings: v.array(v.looseObject({ label: v.string(), outcome: v.exactOptional(v.picklist(OUTCOMES)) })),
    }),
  );
}

/** Verdicts of an earlier file. */
export type EarlierClaims = ReadOnly<v.InferOutput<typeof ClaimsSchema>>;

/** What a claims.json holds beside format and digest, as text. */
export function claimsJson(content: object): string {
  const plain = JSON.parse(JSON.stringify(content)) as { [key: string]: Json }; // without what is undefined
  return `${JSON.stringify({ format: CLAIMS_FORMAT, digest: digest(plain), ...plain }, null, 2)}\n`;
}

/** claims.json, as it is read back. */
export const CLAIMS_FILE: DigestedFormat<typeof ClaimsSchema> = {
  format: CLAIMS_FORMAT,
  schema: ClaimsSchema,
  digest: ({ format: _format, digest: stored, ...content }) => ({
    field: 'digest',
    stored,
    computed: digest(content),
  }),
  command: 'claims',
};
