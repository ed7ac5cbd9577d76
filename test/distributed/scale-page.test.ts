/** @file docs/scale.md: its blocks of shards do what they say, on a smaller study. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../experiments/temporary-folder.ts';
import { patience } from '../helpers/patience.ts';
import { ROOT, sourceText } from '../helpers/sources.ts';

const folder = temporaryFolder();
const PAGE = sourceText('docs/scale.md');
/** Of the study by one machine; see reproduce.test.ts. */
const DIGEST = '85e29cce3a74022e37670a13e02b91e9ce2a5738ba36e43ce59511a0b94587d0';

/** The one block of a language that holds a text. */
function block(language: string, holding: string): string {
  const found = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(
    ([, name, text]) => name === language && text.includes(holding),
  );
  expect(found).toHaveLength(1);
  return found[0][2];
}

/** Runs a script of the page with the command line of the checkout. */
async function bash(script: string, env: Record<string, string> = {}): Promise<void> {
  const own = script
    .replaceAll('npx eigenfluence', 'npm run -s cli --')
    .replaceAll('--profile paper', '--profile smoke')
    .replaceAll('/tmp/study', folder);
  const child = spawn('bash', ['-euc', own], { cwd: ROOT, env: { ...process.env, HOME: folder, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, said).toBe(0);
}

const shardIn = (out: string): unknown =>
  (JSON.parse(readFileSync(path.join(folder, out, 'shard.json'), 'utf8')) as { shard: unknown }).shard;

test(
  'the loop gives the digest of one machine, and its folder a plan',
  async () => {
    await bash(block('sh', 'for i in 1 2 3'));
    const { digest } = JSON.parse(readFileSync(path.join(folder, 'whole/results.json'), 'utf8')) as {
      digest: string;
    };
    expect(digest).toBe(DIGEST);
    await bash(block('sh', '-- plan'));
  },
  patience(120),
);

test(
  'the array of Slurm does the share of its number',
  async () => {
    await bash(block('bash', '#SBATCH'), {
      ...{ SLURM_CPUS_PER_TASK: '1', SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_MAX: '7' },
    });
    expect(shardIn('study/part-2')).toEqual({ index: 2, count: 7 });
  },
  patience(60),
);

test(
  'the indexed job of Kubernetes counts from 0, shards from 1',
  async () => {
    const [, line] = /args:\n\s+- (.*)\n/.exec(block('yaml', 'Indexed')) ?? [];
    await bash(line.replace('/study/', `${folder}/k8s/`).replace('--workers 4', '--workers 1'), {
      JOB_COMPLETION_INDEX: '0',
    });
    expect(shardIn('k8s/part-0')).toEqual({ index: 1, count: 100 });
  },
  patience(60),
);

test(
  'the line of xargs does every share',
  async () => {
    const line = block('bash', 'xargs').split('\n')[1];
    await bash(
      line.replace('seq 8', 'seq 2').replace('{}/8', '{}/2').replace('study/part', `${folder}/xargs/part`),
    );
    expect([shardIn('xargs/part-1'), shardIn('xargs/part-2')]).toEqual([
      { index: 1, count: 2 },
      { index: 2, count: 2 },
    ]);
  },
  patience(90),
);
