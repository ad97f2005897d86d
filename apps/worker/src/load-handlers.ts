import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handler, Handlers } from '@relay/consumer';
import { codeOf, messageOf, StartError } from '@relay/service-kit';

/** What a handler module gave, and the job types that it names; null: a handler for every type. */
export interface LoadedHandlers {
  readonly file: string;
  readonly handlers: Handlers;
  readonly types: readonly string[] | null;
}

/**
 * Loads the handler module. Its default export is a function (for every job type) or an object of
 * functions by job type; without a default export its named exports are the handlers by job type.
 *
 * @param path Relative to the working directory.
 * @throws {StartError} naming the file and what is wrong with it.
 */
export async function loadHandlers(path: string): Promise<LoadedHandlers> {
  const file = resolve(path);
  if (!existsSync(file)) throw refuse(file, 'there is no such file');
  const exported = await importModule(file);
  const main: unknown = exported['default'];
  if (typeof main === 'function') return { file, handlers: main as Handler<never>, types: null };
  if (main !== undefined && (typeof main !== 'object' || main === null)) {
    throw refuse(file, `its default export is ${describe(main)}, not a function or an object`);
  }
  const source = main === undefined ? exported : main;
  return { file, ...byType(file, source as Record<string, unknown>, main !== undefined) };
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
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (codeOf(error) === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw refuse(file, 'Node cannot run this kind of file: compile it, or start with tsx', error);
    }
    throw refuse(file, reasonOf(error), error);
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
