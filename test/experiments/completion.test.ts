/** @file Completions: bash runs the script; every command and option is in those of each shell. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/experiments/program.ts';
import { completions } from '../../src/experiments/terminal/completion.ts';
import { command } from './command.ts';

const program = await createProgram();

/** What bash offers behind these words. */
function offered(...words: string[]): string[] {
  const script = `${completions(program, 'bash')}
COMP_WORDS=(${['eigenfluence', ...words].map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_eigenfluence
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test('bash completes commands, options and choices, and files elsewhere', () => {
  expect(offered('infl')).toEqual(['influence']);
  expect(offered('eigen', '--m')).toEqual(['--method']);
  expect(offered('eigen', '--method', '')).toEqual(['auto', 'jacobi', 'ql', 'dc']);
  expect(offered('eigen', '--method', 'j')).toEqual(['jacobi']);
  expect(offered('eigen', '--input', 'package.js')).toEqual(['package.json']);
});

test.each(['bash', 'zsh', 'fish'])('%s has every command and option', async (shell) => {
  const { code, stdout } = await command('--completion', shell);
  expect(code).toBe(0);
  for (const one of program.commands) {
    expect(stdout).toContain(one.name());
    for (const { long } of one.options)
      expect(stdout).toContain(shell === 'fish' ? `-l ${long?.slice(2)} ` : `${long}`);
  }
});

test('another shell is refused', async () => {
  const { code, stderr } = await command('--completion', 'csh');
  expect([code, stderr]).toEqual([2, 'eigenfluence: --completion: expected bash, zsh, fish, got csh.\n']);
});

test('--version is that of the package', async () => {
  const { code, stdout } = await command('--version');
  expect([code, stdout]).toEqual([0, '0.1.0\n']);
});
