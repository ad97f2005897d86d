import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, parse, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handler, Handlers, PayloadCodec } from '@relay/consumer';
import { codeOf, messageOf, StartError } from '@relay/service-kit';

/** What a handler module or folder gave, and the job types that it names; null: a handler for every type. */
export interface LoadedHandlers {
  readonly file: string;
  readonly handlers: Handlers;
  readonly types: readonly string[] | null;
  /** Its export `codecs`, for encoded payloads. */
  readonly codecs: readonly PayloadCodec[];
}

/** What of a folder is a handler. */
const HANDLER_FILE = /^[A-Za-z0-9][^/]*\.([cm]?js|[cm]?ts|tsx)$/;
const NO_HANDLER = /\.(test|spec|d)\.[^.]+$/;

/**
 * Loads the handlers: a module, or a folder with one module a job type, named by it.
 *
 * A module's default export is a function (for every job type) or an object of functions by job type;
 * without a default export its named exports are the handlers by job type. In a folder each module's
 * default export, or its export `handler`, is the handler; a module `codecs` there may export
 * `codecs`. Files that begin with a dot or an underscore are left alone.
 *
 * @param path Relative to the working directory.
 * @throws {StartError} naming the file and what is wrong with it.
 */
export async function loadHandlers(path: string): Promise<LoadedHandlers> {
  const file = resolve(path);
  if (!existsSync(file)) throw refuse(file, 'there is no such file');
  return statSync(file).isDirectory() ? await loadFolder(file) : await loadModule(file);
}

async function loadModule(file: string): Promise<LoadedHandlers> {
  const exported = await importModule(file);
  const codecs = codecsOf(file, exported);
  const main: unknown = exported['default'];
  if (typeof main === 'function') {
    return { file, handlers: main as Handler<never>, types: null, codecs };
  }
  if (main !== undefined && (typeof main !== 'object' || main === null)) {
    throw refuse(file, `its default export is ${describe(main)}, not a function or an object`);
  }
  const source = main === undefined ? exported : main;
  return { file, codecs, ...byType(file, source as Record<string, unknown>, main !== undefined) };
}

async function loadFolder(folder: string): Promise<LoadedHandlers> {
  const names = readdirSync(folder).filter(
    (name) => HANDLER_FILE.test(name) && !NO_HANDLER.test(name),
  );
  const modules = await Promise.all(
    names.toSorted().map(async (name) => {
      const file = join(folder, name);
      return { file, type: parse(name).name, exported: await importModule(file) };
    }),
  );
  const handlers: Record<string, Handler<never>> = {};
  const codecs: PayloadCodec[] = [];
  for (const { file, type, exported } of modules) {
    const more = codecsOf(file, exported);
    codecs.push(...more);
    const handler: unknown = exported['default'] ?? exported['handler'];
    if (typeof handler === 'function') {
      if (type in handlers) throw refuse(file, `there are two files for job type "${type}"`);
      handlers[type] = handler as Handler<never>;
    } else if (more.length === 0) {
      throw refuse(file, 'neither its default export nor its export "handler" is a function');
    }
  }
  const types = Object.keys(handlers);
  if (types.length === 0)
    throw refuse(folder, 'it contains no handlers: add one file per job type');
  return { file: folder, handlers, types, codecs };
}

function codecsOf(file: string, exported: Record<string, unknown>): readonly PayloadCodec[] {
  const codecs = exported['codecs'];
  if (codecs === undefined) return [];
  if (Array.isArray(codecs)) return codecs as PayloadCodec[];
  throw refuse(file, `its export "codecs" is ${describe(codecs)}, not a list`);
}

function byType(file: string, source: Record<string, unknown>, isDefault: boolean) {
  const handlers: Record<string, Handler<never>> = {};
  for (const [type, value] of Object.entries(source)) {
    if (typeof value === 'function') handlers[type] = value as Handler<never>;
    // A module may export other things beside its handlers; a map of handlers holds nothing else.
    else if (isDefault) {
      throw refuse(file, `its handler of job type "${type}" is ${describe(value)}, not a function`);
    }
  }
  const types = Object.keys(handlers);
  if (types.length === 0) throw refuse(file, 'it exports no function');
  return { handlers, types };
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await importWith(file, (url) => import(url));
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNKNOWN_FILE_EXTENSION') throw refuse(file, reasonOf(error), error);
  }
  const tsx = tsxOf(file);
  if (tsx === null) {
    throw refuse(file, 'Node cannot run this kind of file: compile it, or install tsx beside it');
  }
  try {
    const api = (await import(pathToFileURL(tsx).href)) as TsxApi;
    return await importWith(file, (url) => api.tsImport(url, import.meta.url));
  } catch (error) {
    throw refuse(file, reasonOf(error), error);
  }
}

interface TsxApi {
  tsImport(url: string, parent: string): Promise<unknown>;
}

async function importWith(
  file: string,
  load: (url: string) => Promise<unknown>,
): Promise<Record<string, unknown>> {
  return (await load(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** TypeScript in development: the tsx of the project that the handlers belong to. */
function tsxOf(file: string): string | null {
  try {
    // Its build for require cannot find its own parts.
    return createRequire(file)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs');
  } catch {
    // Not installed, which is all that matters here.
    return null;
  }
}

/** A syntax error's message does not say where: the first line of its stack does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const where = /^file:\S+:(\d+)/.exec(error.stack ?? '')?.[1];
  const place = error instanceof SyntaxError && where !== undefined ? ` (line ${where})` : '';
  return `${error.name}: ${messageOf(error)}${place}`;
}

function refuse(file: string, why: string, cause?: unknown): StartError {
  return new StartError(`RELAY_HANDLERS: ${file} cannot be used: ${why}`, { cause });
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}
