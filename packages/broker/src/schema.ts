import { StoreFullError, StoreUnsupportedError } from './errors.ts';
import { schemaKey } from './keys.ts';
import type { CallOptions, ScriptRunner } from './runner.ts';

/**
 * The shape of what is in Redis, as `major.minor`. A new minor adds what older versions leave alone: they run beside
 * it. A new major is one that they would misread.
 */
export const SCHEMA_VERSION = '1.0';

/**
 * Holds the shape of the data in a namespace against what this version understands, and notes it where nobody has.
 *
 * @throws StoreUnsupportedError for data of another major version.
 */
export async function checkSchema(
  runner: ScriptRunner,
  namespace: string,
  options: CallOptions,
  understood = SCHEMA_VERSION,
): Promise<void> {
  const key = schemaKey(namespace);
  const stored = await runner.command(
    'a look at the version of the data',
    (client) => client.get(key),
    options,
  );
  if (stored !== null) assertUnderstood(stored, understood, namespace);
  if (stored !== null && minorOf(stored) >= minorOf(understood)) return;
  try {
    await runner.command(
      'a note of the version of the data',
      (client) => client.set(key, understood),
      options,
    );
  } catch (error) {
    // A full Redis is there to be drained: the note can wait for the next start.
    if (!(error instanceof StoreFullError)) throw error;
  }
}

function majorOf(version: string): number {
  return Number(/^(\d{1,6})\.\d{1,6}$/.exec(version)?.[1] ?? Number.NaN);
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

function assertUnderstood(stored: string, understood: string, namespace: string): void {
  const [theirs, ours] = [majorOf(stored), majorOf(understood)];
  if (theirs === ours) return;
  const where = `the data of namespace "${namespace}"`;
  if (Number.isNaN(theirs)) {
    throw new StoreUnsupportedError(
      `${where} has no version that Relay wrote (${JSON.stringify(stored.slice(0, 40))} in ${schemaKey(namespace)}): use another namespace`,
    );
  }
  throw new StoreUnsupportedError(
    theirs > ours
      ? `${where} has version ${stored}, and this program understands ${ours}.x: run the newer program, or use another namespace`
      : `${where} has version ${stored}, and this program understands ${ours}.x alone: bring the data up first, as the release notes say`,
  );
}
