import type { NewKey } from '@relay/keys';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../exit.ts';
import { durationValue, several } from '../values.ts';

interface FileOption {
  readonly file?: string;
}

/** Loaded when it is needed: it brings the schema of the file with it. */
const keyFiles = () => import('@relay/keys');

/** `keys create | list | revoke | rotate`: on the gateway's file, not over HTTP. */
export function addKeys(program: Command, attach: Attach): void {
  const group = program
    .command('keys')
    .description(
      "the gateway's file of API keys; a running gateway takes a change over within 2 s",
    );
  const add = (name: string, text: string): Command =>
    group
      .command(name)
      .description(text)
      .option('--file <file>', 'API key file; default: RELAY_API_KEYS_FILE');
  attach<FileOption & { name: string; role: string[]; queue?: string[]; expires?: string }>(
    add('create', 'create a key and show its secret once')
      .requiredOption('--name <name>', 'what the key is for')
      .addOption(
        new Option('--role <role>', 'producer, worker, viewer, operator or admin; repeatable')
          .argParser(several)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option(
          '--queue <pattern>',
          'a queue name, or a prefix and a *; repeatable (all)',
        ).argParser(several),
      )
      .option('--expires <time>', 'such as 2030-01-31T12:00:00Z'),
    async (context, _, { name, role: roles, queue: queues, expires: expiresAt, ...options }) => {
      const file = fileOf(context, options);
      const { createKey } = await keyFiles();
      await tell(context, await createKey(file, { name, roles, queues, expiresAt }));
    },
  );
  attach<FileOption>(
    add('list', 'list the keys, without their secrets'),
    async (context, _, options) => {
      const { readKeyFile } = await keyFiles();
      const keys = await readKeyFile(fileOf(context, options));
      await context.list(
        keys.map(({ sha256: _hash, ...shown }) => shown),
        {
          columns: ['KEY', 'NAME', 'ROLES', 'QUEUES', 'EXPIRES'].map((title) => ({ title })),
          row: (key) => [
            key.id,
            key.name,
            key.roles.join(','),
            key.queues?.join(',') ?? '*',
            key.expiresAt ?? 'never',
          ],
          none: 'No keys.',
        },
      );
    },
  );
  addChanges(add, attach);
}

function addChanges(add: (name: string, text: string) => Command, attach: Attach): void {
  attach<FileOption & { id: string; yes?: true }>(
    add('revoke', 'revoke a key')
      .requiredOption('--id <id>', 'id of the key')
      .option('-y, --yes', 'do not ask'),
    async (context, _, { id, yes, ...options }) => {
      const file = fileOf(context, options);
      if (!(await context.confirm(`Revoke the key ${id}?`, yes))) return EXIT.ok;
      const { revokeKey } = await keyFiles();
      const key = await revokeKey(file, id);
      await context.show({ id, revoked: true }, () => `${id} (${key.name}) is revoked.`);
      return EXIT.ok;
    },
  );
  attach<FileOption & { id: string; keep?: number; yes?: true }>(
    add('rotate', 'replace a key by a new one')
      .requiredOption('--id <id>', 'id of the key')
      .addOption(
        new Option('--keep <duration>', 'how long the old key remains valid').argParser(
          durationValue,
        ),
      )
      .option('-y, --yes', 'do not ask if the old key ends immediately'),
    async (context, _, { id, keep = 0, yes, ...options }) => {
      const file = fileOf(context, options);
      const question = `End the key ${id} at once? (--keep lets it live on)`;
      if (keep === 0 && !(await context.confirm(question, yes))) return EXIT.ok;
      const { rotateKey } = await keyFiles();
      await tell(context, await rotateKey(file, id, keep));
      return EXIT.ok;
    },
  );
}

function fileOf(context: Context, { file }: FileOption): string {
  const path = file ?? context.io.env['RELAY_API_KEYS_FILE'] ?? '';
  if (path === '') throw new UsageError('name the file with --file or RELAY_API_KEYS_FILE');
  return path;
}

/** The secret goes alone to stdout, so that a script can take it; what explains it to stderr. */
async function tell(context: Context, { token, key }: NewKey): Promise<void> {
  const { id, name, roles } = key;
  if (!context.json) {
    await context.note(`${id} (${name}) may ${roles.join(', ')}; this is shown only once:`);
  }
  await context.show({ id, name, roles, token }, () => token);
}
