import { Schedules } from '@relay/sdk/schedules';
import { Argument, type Command, type Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../exit.ts';

/** All three ask `relay __complete`, so that they know the same: lines of `word<TAB>what it is`. */
const SCRIPTS = {
  bash: `# relay completion bash > /etc/bash_completion.d/relay, or: source <(relay completion bash)
_relay_completion() {
  local line
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    [ -n "$line" ] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _relay_completion relay`,
  zsh: `#compdef relay
# relay completion zsh > "\${fpath[1]}/_relay", or: source <(relay completion zsh)
_relay() {
  local -a found
  local line
  while IFS= read -r line; do
    [[ -n $line ]] && found+=("\${line%%$'\\t'*}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe relay found || _files
}
if [[ $funcstack[1] == _relay ]]; then _relay "$@"; else compdef _relay relay; fi`,
  fish: `# relay completion fish > ~/.config/fish/completions/relay.fish
function __relay_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c relay -f -a '(__relay_complete)'`,
} as const;

type Shell = keyof typeof SCRIPTS;

/** Whoever presses Tab does not wait for longer, ms. */
const ASK_MS = 800;

/** `completion`, and what its scripts call. */
export function addCompletion(program: Command, attach: Attach): void {
  attach(
    program
      .command('completion')
      .description('print the completion script of a shell')
      .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS))),
    async (context, [shell = 'bash']) => {
      await context.print(SCRIPTS[shell as Shell]);
    },
  );
  attach(
    program.command('__complete', { hidden: true }).argument('[word...]').allowUnknownOption(),
    async (context, words) => {
      for (const [word, text] of await candidates(context, program, words)) {
        await context.print(`${word}\t${text}`);
      }
    },
  );
}

type Candidate = readonly [word: string, text: string];

/** What may stand where the last of the words is. */
async function candidates(
  context: Context,
  program: Command,
  words: readonly string[],
): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const { command, rest, option } = locate(program, words.slice(0, -1));
  const all =
    option === undefined ? await wordsOf(context, { command, rest, current }) : valuesOf(option);
  return all.filter(([word]) => word.startsWith(current));
}

interface Place {
  /** The command that the words lead to, and its own arguments so far. */
  readonly command: Command;
  readonly rest: readonly string[];
  /** One that waits for its value. */
  readonly option: Option | undefined;
}

function locate(program: Command, words: readonly string[]): Place {
  let command = program;
  let rest: string[] = [];
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith('-')) {
      const found = [...command.options, ...program.options].find(
        ({ long, short }) => long === word || short === word,
      );
      option = found?.required === true ? found : undefined;
    } else {
      const next = command.commands.find(
        (one) => one.name() === word || one.aliases().includes(word),
      );
      if (next === undefined) rest = [...rest, word];
      else [command, rest] = [next, []];
    }
  }
  return { command, rest, option };
}

function valuesOf({ argChoices = [] }: Option): Candidate[] {
  return argChoices.map((choice) => [choice, '']);
}

async function wordsOf(
  context: Context,
  { command, rest, current }: Omit<Place, 'option'> & { readonly current: string },
): Promise<Candidate[]> {
  if (current.startsWith('-')) {
    const program = command.parent?.parent ?? command.parent ?? command;
    const options = new Set([...command.options, ...program.options]);
    return [...options]
      .filter(({ hidden }) => !hidden)
      .map(({ long, short, description }) => [long ?? short ?? '', description]);
  }
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length > 0) return commands.map((one) => [one.name(), one.description()]);
  const argument = command.registeredArguments[rest.length] ?? command.registeredArguments.at(-1);
  if (argument?.argChoices !== undefined) return argument.argChoices.map((choice) => [choice, '']);
  if (argument?.name() === 'queue') return await namesOf(context, 'queues');
  if (argument?.name() === 'name' && command.parent?.name() === 'schedules') {
    return await namesOf(context, 'schedules');
  }
  return [];
}

/** From the gateway. When it does not answer there is nothing to complete: no place for an error. */
async function namesOf(context: Context, what: 'queues' | 'schedules'): Promise<Candidate[]> {
  const relay = context.relay({ retry: false });
  const signal = AbortSignal.any([context.io.signal, AbortSignal.timeout(ASK_MS)]);
  const found: Candidate[] = [];
  try {
    if (what === 'queues') {
      for await (const { name, paused } of relay.queues({ signal })) {
        found.push([name, paused ? 'paused queue' : 'queue']);
      }
    } else {
      for await (const { id, queue } of new Schedules(relay).list({ signal }))
        found.push([id, queue]);
    }
  } catch (error) {
    if (codeOf(error) === 'failed' && !signal.aborted) throw error;
  }
  return found;
}
