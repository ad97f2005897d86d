import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf, StartError } from '@relay/service-kit/config';
import { hashPassword, PASSWORD_LENGTH } from './password.ts';
import { readUserFile, type User, user, writeUserFile } from './user-file.ts';

const USAGE = `Usage: npm run user -- <command> [options]

  create  --name NAME --role ROLE   adds a user; asks for the password, or reads it from stdin
  passwd  --name NAME               gives a user another password, and ends their sessions
  role    --name NAME --role ROLE   gives a user another role
  logout  --name NAME               ends all their sessions, in every replica
  list                              shows the users
  remove  --name NAME               removes a user, and ends their sessions

  --file FILE   the file of users; else RELAY_USERS_FILE
  ROLE          viewer (looks), operator (and pauses, requeues, changes limits) or admin (and adds and deletes)

A running dashboard takes a change over at the next request.`;

/** What the command touches of the process. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Asks for a password, or reads it from stdin. */
  readonly password: () => Promise<string>;
}

type Options = ReturnType<typeof parse>['values'];

/** Runs the command and gives its exit code: 0, 1 when it failed, 2 when it was used wrongly. */
export async function runUsersCommand(args: readonly string[], io: CommandIo): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return misuse(messageOf(error), io);
  }
  const { values, positionals } = parsed;
  const file = values.file ?? io.env['RELAY_USERS_FILE'] ?? '';
  const [command, ...others] = positionals;
  if (values.help === true) {
    io.out(USAGE);
    return 0;
  }
  if (command === undefined || others.length > 0) return misuse('give one command', io);
  if (file === '') return misuse('name the file with --file or RELAY_USERS_FILE', io);
  try {
    return await dispatch(command, { file, options: values, io });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    io.err(`user: ${error.message}`);
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
    case 'passwd':
      return await passwd(job);
    case 'role':
      return await changeRole(job);
    case 'logout':
      return await logout(job);
    case 'list':
      return list(job);
    case 'remove':
      return await remove(job);
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
      role: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function create({ file, options: { name, role }, io }: Job): Promise<number> {
  const users = existsSync(file) ? readUserFile(file) : [];
  // All but the password, before somebody is asked for one.
  const checked = user.omit({ password: true }).safeParse({ name, role });
  if (!checked.success) {
    const issues = checked.error.issues.map((one) => `--${one.path.join('.')}: ${one.message}`);
    return misuse(issues.join('; '), io);
  }
  if (users.some((one) => one.name === checked.data.name)) {
    throw new StartError(`there is a user ${checked.data.name} already; see passwd and role`);
  }
  const password = await newPassword(io);
  const createdAt = new Date().toISOString();
  await writeUserFile(file, [...users, { ...checked.data, password, createdAt }]);
  io.err(`user: ${checked.data.name} may log in as ${checked.data.role}`);
  return 0;
}

async function passwd({ file, options, io }: Job): Promise<number> {
  const { name } = find(readUserFile(file), options);
  const password = await newPassword(io);
  // Somebody may have changed the file while the password was typed.
  await replace(file, name, (one) => ({ ...one, password }));
  io.err(`user: ${name} has another password`);
  return 0;
}

async function changeRole({ file, options, io }: Job): Promise<number> {
  const { name } = find(readUserFile(file), options);
  const role = user.shape.role.safeParse(options.role);
  if (!role.success) return misuse(`--role: ${role.error.issues[0]?.message ?? ''}`, io);
  await replace(file, name, (one) => ({ ...one, role: role.data }));
  io.err(`user: ${name} is ${role.data} now`);
  return 0;
}

async function logout({ file, options, io }: Job): Promise<number> {
  const { name } = find(readUserFile(file), options);
  await replace(file, name, (one) => ({ ...one, generation: (one.generation ?? 0) + 1 }));
  io.err(`user: ${name} has to log in again, wherever they are`);
  return 0;
}

function list({ file, io }: Job): number {
  for (const { name, role, createdAt } of readUserFile(file)) {
    io.out([name, role, createdAt ?? '-'].join('\t'));
  }
  return 0;
}

async function remove({ file, options, io }: Job): Promise<number> {
  const users = readUserFile(file);
  const { name } = find(users, options);
  await writeUserFile(
    file,
    users.filter((one) => one.name !== name),
  );
  io.err(`user: ${name} is removed`);
  return 0;
}

async function replace(file: string, name: string, change: (one: User) => User): Promise<void> {
  const users = readUserFile(file);
  await writeUserFile(
    file,
    users.map((one) => (one.name === name ? change(one) : one)),
  );
}

function find(users: readonly User[], { name }: Options): User {
  const found = users.find((one) => one.name === name);
  if (found === undefined) {
    throw new StartError(`there is no user ${name ?? ''}; name one with --name`);
  }
  return found;
}

async function newPassword(io: CommandIo): Promise<string> {
  const password = await io.password();
  const { least, most } = PASSWORD_LENGTH;
  if (password.length < least || password.length > most) {
    throw new StartError(`a password has ${least} to ${most} characters`);
  }
  return await hashPassword(password);
}

function misuse(message: string, io: CommandIo): number {
  io.err(`user: ${message}\n\n${USAGE}`);
  return 2;
}
