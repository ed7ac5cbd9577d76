/** @file `--completion`: what a shell needs to complete commands, options and choices. */
import { type Command, Option } from 'commander';
import { CommandError, USAGE } from '../files/command-error.ts';

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** The option of the program. */
export const COMPLETION: Option = new Option(
  '--completion <shell>',
  'print what bash, zsh or fish needs to complete commands: eval "$(eigenfluence --completion bash)"',
).choices(SHELLS);

/**
 * The script for a shell. Files are completed where an option has no choices.
 *
 * @param program - With every command. @throws {CommandError} another shell.
 */
export function completions({ commands }: Command, shell: string | undefined): string {
  if (shell === 'fish') return `${fishLines(commands).join('\n')}\n`;
  if (shell !== 'bash' && shell !== 'zsh')
    throw new CommandError(`--completion: expected ${SHELLS.join(', ')}, got ${shell ?? 'nothing'}.`, USAGE);
  const names = commands.map((command) => command.name()).join(' ');
  const options = commands.map(
    (command) =>
      `    ${command.name()}) words="${command.options.map(({ long }) => long).join(' ')} --help" ;;`,
  );
  const choices = commands.flatMap((command) =>
    command.options
      .filter(({ argChoices }) => argChoices !== undefined)
      .map(({ long, argChoices }) => `    ${command.name()}:${long}) words="${argChoices?.join(' ')}" ;;`),
  );
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_eigenfluence() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" name="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$current"))
    return
  fi
  case "$name:$before" in
${choices.join('\n')}
  esac
  if [ -z "$words" ] && [ "\${current#-}" != "$current" ]; then
    case "$name" in
${options.join('\n')}
    esac
  fi
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _eigenfluence eigenfluence
`;
}

function fishLines(commands: readonly Command[]): string[] {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return commands.flatMap((command) => {
    const name = command.name();
    const within = `complete -c eigenfluence -n '__fish_seen_subcommand_from ${name}'`;
    const option = ({ long, description, argChoices, required }: Option): string => {
      const values =
        argChoices === undefined ? (required ? '-r ' : '') : `-x -a ${quoted(argChoices.join(' '))} `;
      return `${within} -l ${long?.slice(2)} ${values}-d ${quoted(description)}`;
    };
    return [
      `complete -c eigenfluence -f -n __fish_use_subcommand -a ${name} -d ${quoted(command.description())}`,
      ...command.options.map(option),
    ];
  });
}
