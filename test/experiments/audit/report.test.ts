/** @file The page of an audit: what it says, that cells are only text, that nothing is fetched, and that it stays small. */
import { createHash } from 'node:crypto';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { auditReport } from '../../../src/experiments/audit/report/report.ts';
import { madeUpFindings } from './made-up-findings.ts';

interface Known {
  readonly total: number;
  readonly measure: string;
  readonly rows: Record<string, { given: string; cells: string; score: string; helped?: [number, string][] }>;
  readonly images: Record<string, string>;
}

/** The contents of script elements, as a browser ends them: at the first end tag. */
const scripts = (html: string): string[] =>
  [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script/gi)].map((match) => match[1]);
const known = (html: string): Known => JSON.parse(scripts(html)[0]) as Known;
/** Rows of the table under a heading, each as the text of its cells. */
function tableOf(html: string, id: string): string[][] {
  const body = new RegExp(`aria-labelledby="${id}"><table[\\s\\S]*?<tbody>([\\s\\S]*?)</tbody>`).exec(
    html,
  )?.[1];
  return (body ?? '')
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      row
        .split(/<\/t[dh]>/)
        .slice(0, -1)
        .map((cell) => cell.replace(/<[^>]*>/g, '').trim()),
    );
}

describe('classes', () => {
  const findings = madeUpFindings({ rows: 800 });
  const html = auditReport(findings);

  test('the top says what was understood, how good the networks are and how far to trust them', () => {
    for (const sentence of [
      ...findings.data.understood,
      ...findings.trust.warnings,
      'right in 91.3 ± 0.4 % of cases. Always saying the most frequent class would be right in 40.0 %. Of each class they recognise 87.4 ± 0.6 % on average',
      'The computed effects rank what this changed right to 0.52 (95 % interval 0.47 to 0.58)',
      'even perfect scores would reach about 0.83',
      'Without the 12 most doubtful rows: the mean loss on the other held-out rows changed by −0.02 ± 0.004 (predicted: −0.03), the share of right answers by 1.0 ± 0.3 percentage points.',
    ])
      expect(html).toContain(sentence);
  });

  test('the table of labels: the flagged first, 400 rows of which 200 are shown, neighbours with their cells', () => {
    const rows = tableOf(html, 'labels');
    expect(rows).toHaveLength(400);
    expect(html.match(/<tr hidden>/g)).toHaveLength(200);
    expect(rows.slice(0, 13).map((cells) => cells[1])).toEqual([...Array(12).fill('yes'), 'no']);
    const [row, , given, suggested, score, loss, cells, neighbours] = rows[1];
    // position (7919 + 2) % 800 = 721: row 722, class 721 % 3 = 1
    expect([row, given, suggested, score, loss]).toEqual(['722', 'dog', 'dog', '0.999', '4 ± 0.2']);
    expect(cells).toContain('length 2.9, width 7.1'); // 721 · 3 % 97 = 29, 721 · 4 % 97 = 71
    expect(neighbours).toMatch(/^641 \(dog\) length 7\.7/); // (2 · 7919 + 2) % 800 = 640; 640 · 3 % 97 = 77
  });

  test('flagged rows come first where others are more doubtful', () => {
    const labels = findings.labels.map((one, k) => ({ ...one, flagged: k === 700 }));
    const [first, second] = tableOf(auditReport({ ...findings, labels }), 'labels');
    expect([first[0], second[0]]).toEqual([`${labels[700].row}`, `${labels[0].row}`]);
  });

  test('the other tables', () => {
    expect(tableOf(html, 'harmful')[0].slice(0, 3)).toEqual(['2', 'horse', '−0.004 ± 0.01']);
    expect(tableOf(html, 'carrying')[0][2]).toBe('0.004 ± 0.01');
    expect(tableOf(html, 'duplicates')[1].slice(0, 4)).toEqual(['722', '641', 'no', '0.001']);
    expect(tableOf(html, 'outliers')[1][1]).toBe('10 ×');
    for (const id of ['harmful', 'carrying', 'duplicates', 'outliers'])
      expect(tableOf(html, id)).toHaveLength(200);
  });

  test('each head of a column is a button', () => {
    const heads = html.match(/<th scope="col">/g);
    expect(heads).toHaveLength(8 + 4 + 4 + 6 + 4);
    expect(html.match(/<th scope="col"><button type="button">[^<]+<\/button><\/th>/g)).toHaveLength(
      heads?.length ?? 0,
    );
  });

  test('what is known of a row has the rows that helped, without their sign', () => {
    const { rows, measure, total } = known(html);
    expect([measure, total]).toEqual(['loss', 800]);
    expect(rows['2'].helped?.[0]).toEqual([722, '0.03 ± 0.01']);
    expect(rows['3']).toBeUndefined();
    expect(Object.keys(rows)).toHaveLength(800);
  });

  test('nothing is fetched, and only its own script may run', () => {
    expect(html).not.toMatch(/(src|href|action|srcset)="(?!#|data:)/);
    expect(html).not.toMatch(/@import|url\(|\son\w+="|\sstyle="/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${digest(scripts(html)[1])}'`);
    expect(policy).toContain(
      `style-src 'sha256-${digest(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '')}'`,
    );
  });

  test('empty lists and a trust that was not measured', () => {
    const { verified: _, ...rest } = findings;
    const bare = auditReport({
      ...rest,
      harmful: [],
      carrying: [],
      duplicates: [],
      outliers: [],
      queries: [],
      trust: { lds: null, ci: [null, null], ceiling: null, warnings: [] },
    });
    expect(bare.match(/<p>None\.<\/p>/g)).toHaveLength(4);
    expect(bare).toContain('could not be measured');
    expect(bare).not.toContain('What retraining said');
    expect(bare.slice(0, bare.indexOf('<script'))).not.toMatch(/NaN|undefined|null/);
  });
});

test('numbers: the error of the target, sorted as numbers', () => {
  const html = auditReport(madeUpFindings({ rows: 60, kind: 'numbers', target: 'price' }));
  expect(html).toContain('off by 0.31 ± 0.02 on average. Always saying the median would be off by 2.5.');
  expect(html).toContain('Targets that are probably wrong');
  expect(tableOf(html, 'labels')[0].slice(0, 4)).toEqual(['2', 'yes', '3.5', '1.25']);
  expect(html).toContain('<td class="number" data-value="0.25">0.25</td>');
  expect(known(html).measure).toBe('absolute error');
});

describe('images', () => {
  const findings = madeUpFindings({ rows: 20_000, kind: 'images' });
  const html = auditReport(findings);

  test('the pictures are the pixels', () => {
    const { images } = known(html);
    const { position, row } = findings.labels[0];
    const png = decode(Buffer.from(images[row].replace('data:image/png;base64,', ''), 'base64'));
    expect([png.width, png.height, png.channels]).toEqual([16, 16, 3]);
    expect([...png.data]).toEqual([...(findings.data.images?.pixels(position) ?? [])]);
  });

  test('each picture is in the page once, those that are seen first', () => {
    const { images } = known(html);
    expect(html.match(/data:image\/png/g)).toHaveLength(Object.keys(images).length);
    for (const { row } of [...findings.labels.slice(0, 200), ...findings.harmful])
      expect(images).toHaveProperty(`${row}`);
  });
});

describe('20,000 rows', () => {
  test.each([
    ['numbers', undefined, 4e6],
    ['letters of three bytes', '漢'.repeat(300), 5e6],
    ['quotes, each six bytes of HTML', '"'.repeat(300), 5e6],
  ] as const)('of %s', (_, text, bytes) => {
    const made = text === undefined ? {} : { cell: () => text };
    for (const kind of ['classes', 'images'] as const) {
      const html = auditReport(madeUpFindings({ rows: 20_000, kind, flagged: 3000, ...made }));
      expect(Buffer.byteLength(html)).toBeLessThan(bytes);
      expect(Object.keys(known(html).rows).length).toBeGreaterThan(1000);
    }
  });
});

describe('text from the file is only text', () => {
  const HOSTILE = [
    '<script>document.title = 1</script>',
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '<!--<script>',
    '&lt;b&gt; & &amp;',
    ']]></style><svg onload=alert(1)>',
    '\u2028\u2029\u0000\uD83D',
  ];
  const plain = auditReport(madeUpFindings({ rows: 60 }));

  test.each(HOSTILE)('%j', (text) => {
    const made = madeUpFindings({ rows: 60, cell: () => text, classes: [text, `${text} 2`], target: text });
    const html = auditReport({
      ...made,
      data: {
        ...made.data,
        source: text,
        understood: [text],
        shown: [{ name: text, cell: () => text }],
      },
      model: { ...made.model, text },
      trust: { ...made.trust, warnings: [text] },
    });
    const tags = (page: string): string[] =>
      (page.match(/<[a-z!/][^>]*>/gi) ?? []).filter((tag) => !/^<\/?(tr|t[dh]|li|a|b|ul)\b/.test(tag));
    // markup is that of a page of harmless text
    expect(tags(html.replace(scripts(html)[0], ''))).toEqual(tags(plain.replace(scripts(plain)[0], '')));
    expect(html).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(scripts(html)).toHaveLength(2);
    expect(scripts(html)[0]).not.toContain('<');
    expect(scripts(html)[1]).toBe(scripts(plain)[1]);
    // and it is all there
    expect(known(html).rows['2'].cells).toBe(`${text} ${text}`);
    expect(known(html).rows['2'].given).toBe(text);
  });
});
