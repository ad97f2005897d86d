import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf, StartError } from '@relay/service-kit';
import { type ApiKey, apiKey, newSecret, readKeyFile, writeKeyFile } from './key-file.ts';

const USAGE = `Usage: npm run key -- <command> [options]

  create  --name NAME --role ROLE… [--queue PATTERN…] [--expires ISO]   adds a key, prints its secret once
  list                                                                  shows the keys, without secrets
  revoke  --id ID                                                       removes a key
  rotate  --id ID [--keep-ms MS]                                        replaces a key; the old one lives on for MS

  --file FILE   the file of keys; else RELAY_API_KEYS_FILE
  ROLE          producer, worker, viewer, operator or admin
  PATTERN       a queue's name, or the beginning of names with a * at its end

A running gateway takes a change over within 2 s.`;

/** What the command touches of the process. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

type Options = ReturnType<typeof parse>['values'];

/** Runs the command and gives its exit code: 0, 1 when it failed, 2 when it was used wrongly. */
export async function runKeysCommand(args: readonly string[], io: CommandIo): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return misuse(messageOf(error), io);
  }
  const { values, positionals } = parsed;
  const file = values.file ?? io.env['RELAY_API_KEYS_FILE'] ?? '';
  const [command, ...others] = positionals;
  if (values.help === true) {
    io.out(USAGE);
    return 0;
  }
  if (command === undefined || others.length > 0) return misuse('give one command', io);
  if (file === '') return misuse('name the file with --file or RELAY_API_KEYS_FILE', io);
  try {
    return await dispatch(command, { file, options: values, io });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    io.err(`key: ${error.message}`);
    return 1;
  }
}

interface Job {
  readonly file: string;
  readonly options: Options;
  readonly io: CommandIo;
}

async function dispatch(command: string, job: Job): Promise<number> {
  switch (command) {
    case 'create':
      return await create(job);
    case 'list':
      return await list(job);
    case 'revoke':
      return await revoke(job);
    case 'rotate':
      return await rotate(job);
    default:
      return misuse(`there is no command ${command}`, job.io);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string', multiple: true },
      queue: { type: 'string', multiple: true },
      expires: { type: 'string' },
      id: { type: 'string' },
      'keep-ms': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function create({ file, options, io }: Job): Promise<number> {
  const { id, token, sha256 } = newSecret();
  const checked = apiKey.safeParse({
    id,
    name: options.name,
    sha256,
    roles: options.role,
    ...(options.queue === undefined ? {} : { queues: options.queue }),
    ...(options.expires === undefined ? {} : { expiresAt: options.expires }),
    createdAt: new Date().toISOString(),
  });
  if (!checked.success) {
    const issues = checked.error.issues.map((one) => `--${flagOf(one.path[0])}: ${one.message}`);
    return misuse(issues.join('; '), io);
  }
  const keys = existsSync(file) ? await readKeyFile(file) : [];
  await writeKeyFile(file, [...keys, checked.data]);
  tell(token, checked.data, io);
  return 0;
}

async function list({ file, io }: Job): Promise<number> {
  const keys = await readKeyFile(file);
  for (const key of keys) {
    io.out(
      [
        key.id,
        key.name,
        key.roles.join(','),
        key.queues?.join(',') ?? '*',
        key.expiresAt === undefined ? 'does not expire' : `expires ${key.expiresAt}`,
      ].join('\t'),
    );
  }
  return 0;
}

async function revoke({ file, options, io }: Job): Promise<number> {
  const keys = await readKeyFile(file);
  const { id } = find(keys, options);
  await writeKeyFile(
    file,
    keys.filter((key) => key.id !== id),
  );
  io.err(`key: ${id} is revoked`);
  return 0;
}

/** The new key has a new id, so that both can be valid while the clients change over. */
async function rotate({ file, options, io }: Job): Promise<number> {
  const keepMs = Number(options['keep-ms'] ?? 0);
  if (!Number.isSafeInteger(keepMs) || keepMs < 0) {
    return misuse('--keep-ms takes a whole number of milliseconds', io);
  }
  const keys = await readKeyFile(file);
  const old = find(keys, options);
  const { id, token, sha256 } = newSecret();
  const fresh: ApiKey = { ...old, id, sha256, createdAt: new Date().toISOString() };
  const end = Date.now() + keepMs;
  const ending: ApiKey = {
    ...old,
    expiresAt: new Date(
      old.expiresAt === undefined ? end : Math.min(end, Date.parse(old.expiresAt)),
    ).toISOString(),
  };
  const others = keys.filter((key) => key.id !== old.id);
  await writeKeyFile(file, keepMs > 0 ? [...others, ending, fresh] : [...others, fresh]);
  tell(token, fresh, io);
  return 0;
}

/** The secret goes alone to stdout, so that a script can take it; what explains it to stderr. */
function tell(token: string, key: ApiKey, io: CommandIo): void {
  io.err(`key: ${key.id} (${key.name}) may ${key.roles.join(', ')}; this is shown only once:`);
  io.out(token);
}

function find(keys: readonly ApiKey[], { id }: Options): ApiKey {
  const key = keys.find((one) => one.id === id);
  if (key === undefined) throw new StartError(`there is no key ${id ?? ''}; name one with --id`);
  return key;
}

function flagOf(field: PropertyKey | undefined): string {
  const flags: Readonly<Record<string, string>> = {
    roles: 'role',
    queues: 'queue',
    expiresAt: 'expires',
  };
  const name = String(field);
  return flags[name] ?? name;
}

function misuse(message: string, io: CommandIo): number {
  io.err(`key: ${message}\n\n${USAGE}`);
  return 2;
}
