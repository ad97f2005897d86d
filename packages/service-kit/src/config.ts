import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem, messageOf } from './errors.ts';
import type { commonVariables } from './variables.ts';

/** A `z.object` whose keys are names of environment variables and whose inputs are texts. */
export type ConfigSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** The schema of a service: {@link commonVariables} and its own. */
export type ServiceSchema = z.ZodObject<typeof commonVariables & Record<string, z.ZodType>>;

/** The environment, as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadedConfig<S extends ConfigSchema> {
  readonly config: Readonly<z.output<S>>;
  /** One sentence for each `RELAY_…` variable that this service doesn't know: mostly misspelt ones. */
  readonly warnings: readonly string[];
}

/** One variable of a schema, for documentation and for checks of deployments. */
export interface VariableDoc {
  readonly name: string;
  readonly description: string;
  /** As text (`.meta({ defaultText })` where its value is none to show); undefined: none. */
  readonly default: string | undefined;
  /** The service does not start without it. */
  readonly required: boolean;
  /** Its value is never printed, and belongs into no ConfigMap. */
  readonly secret: boolean;
  /** The variable that names a file with the value instead: `<name>_FILE`, for secrets. */
  readonly file: string | undefined;
}

/**
 * Reads the variables that `schema` declares out of `env`.
 *
 * An empty text counts as unset. A variable marked `.meta({ secret: true })` may also come from the
 * file that `<name>_FILE` names (one trailing line end is dropped); its value is never printed.
 *
 * @throws {ConfigError} with all problems at once.
 */
export function loadConfig<S extends ConfigSchema>(schema: S, env: Environment): LoadedConfig<S> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, string> = {};
  const known = new Set<string>();
  for (const variable of variablesOf(schema)) {
    known.add(variable.name);
    if (variable.file !== undefined) known.add(variable.file);
    const value = read(variable, env, problems);
    if (value !== undefined) values[variable.name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      problems.push(problemOf(issue, values, schema));
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return { config: Object.freeze(parsed.data), warnings: unknownVariables(env, known) };
}

/** The variables of a schema, in its order. */
export function variablesOf(schema: ConfigSchema): VariableDoc[] {
  return Object.entries(schema.shape).map(([name, type]) => {
    const meta = type.meta() ?? {};
    const fallback = type.safeParse(undefined);
    const secret = meta.secret === true;
    const file = `${name}_FILE`;
    return {
      name,
      description: meta.description ?? '',
      default: textOf(meta.defaultText ?? (fallback.success ? fallback.data : undefined)),
      required: !fallback.success && !isOptional(type),
      secret,
      // A service may declare the variable itself, because it watches the file.
      file: secret && !(file in schema.shape) ? file : undefined,
    };
  });
}

/** `exactOptional` refuses `undefined` as a value, though the key may be left out. */
function isOptional(type: z.ZodType): boolean {
  return type.def.type === 'optional';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function read(
  variable: VariableDoc,
  env: Environment,
  problems: ConfigProblem[],
): string | undefined {
  const direct = unset(env[variable.name]);
  const fileName = variable.file;
  const file = fileName === undefined ? undefined : unset(env[fileName]);
  if (fileName === undefined || file === undefined) return direct;
  if (direct !== undefined) {
    problems.push({ variable: variable.name, message: `and ${fileName} are mutually exclusive` });
    return undefined;
  }
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    // Not as a variable that is empty: whoever names a file does not mean the default.
    if (text.trim() === '')
      problems.push({ variable: fileName, message: `names ${file}, which is empty` });
    return unset(text);
  } catch (error) {
    problems.push({ variable: fileName, message: `cannot be read: ${messageOf(error)}` });
    return undefined;
  }
}

function unset(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function problemOf(
  issue: z.core.$ZodIssue,
  values: Readonly<Record<string, string>>,
  schema: ConfigSchema,
): ConfigProblem {
  const variable = String(issue.path[0] ?? 'environment');
  const value = values[variable];
  if (value === undefined && issue.path.length > 0) {
    return { variable, message: issue.code === 'custom' ? issue.message : 'must be set' };
  }
  const secret = variablesOf(schema).some((one) => one.name === variable && one.secret);
  const shown = value === undefined || secret ? '' : ` (is ${JSON.stringify(clip(value))})`;
  return { variable, message: `${issue.message}${shown}` };
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function unknownVariables(env: Environment, known: ReadonlySet<string>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('RELAY_') && !known.has(name) && !isServiceLink(name, env))
    .toSorted()
    .map((name) => `${name} is not a variable of this service and has no effect`);
}

/** Kubernetes puts `<SERVICE>_PORT=tcp://…` and its like into every container beside a Service. */
function isServiceLink(name: string, env: Environment): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
    /_PORT_\d+_(TCP|UDP)(_|$)/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp):\/\//.test(env[name] ?? ''))
  );
}
