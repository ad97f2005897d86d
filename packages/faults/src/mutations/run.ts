import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Mutation, mutate } from '@relay/testkit';
import { runRow } from '../run.ts';
import { luaText } from '../stack/lua.ts';
import { MUTATION_ROW } from './row.ts';

/** Those that real processes can show within some seconds; the model test knows all of them. */
const UNDER_PROCESSES: ReadonlySet<string> = new Set([
  'settle asks for no token',
  'settle compares the beginning of a token',
  'a second settlement in one batch counts',
  'extend asks for no token',
  'a claim forgets the lease',
  'the reaper skips one',
  'a crash is put back at once for ever',
  'one crash too many is survived',
  'the reaper ignores a cancel',
  'the promoter runs early',
  'an idempotency key without its fingerprint',
  'a repeated call is carried out again',
  'the wake token is dropped',
  'the wake token stays',
  'a cancel is ignored by settle',
  'concurrency is ignored',
  'pause is ignored',
  'the bucket is not emptied',
  'attempts are not counted',
]);
/** A broken system need not drain: it is given so long, ms. */
const DRAIN_MS = 60_000;

/** Which test noticed a mutation, and by what. */
export interface Verdict {
  readonly name: string;
  readonly file: string;
  /** What the model test said; null: it noticed nothing. */
  readonly model: string | null;
  readonly histories: number | null;
  /** The first breach that the harness found; null: none; undefined: it was not run. */
  readonly harness?: string | null;
}

/**
 * Breaks the scripts in one way after the other. First nothing is broken: what finds a fault there would find one
 * anywhere.
 *
 * @throws Error when a mutation's place is gone from its file, or the harness finds a breach where nothing is broken.
 */
export async function runMutations(options: {
  readonly seed: number;
  readonly source: boolean;
  /** Only mutations whose name contains one of these; empty: all. */
  readonly only: readonly string[];
  /** From an earlier run: their answers of the model test are taken over. */
  readonly known: readonly Verdict[];
  readonly onVerdict: (verdict: Verdict) => void;
}): Promise<Verdict[]> {
  const dir = mkdtempSync(join(tmpdir(), 'relay-mutations-'));
  try {
    // All of them first: one whose place is gone says so at once.
    const texts = new Map(MUTATIONS.map((mutation) => [mutation.name, textOf(mutation)]));
    const control = await breachOf({}, options);
    if (control !== null) throw new Error(`without a mutation the harness found: ${control}`);
    const wanted = MUTATIONS.filter(({ name }) => isWanted(name, options.only));
    const isKnown = wanted.every(({ name }) => options.known.some((one) => one.name === name));
    const model = isKnown ? options.known : await modelVerdicts(join(dir, 'model.json'));
    const verdicts: Verdict[] = [];
    for (const { name, file } of wanted) {
      const found = model.find((one) => one.name === name);
      const verdict: Verdict = {
        name,
        file,
        model: found?.model ?? null,
        histories: found?.histories ?? null,
        ...(UNDER_PROCESSES.has(name)
          ? { harness: await breachOf(texts.get(name) ?? {}, options) }
          : {}),
      };
      verdicts.push(verdict);
      options.onVerdict(verdict);
    }
    return verdicts;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function breachOf(
  texts: Readonly<Record<string, string>>,
  { seed, source }: { readonly seed: number; readonly source: boolean },
): Promise<string | null> {
  const options = { seed, source, scale: 0.5, drainMs: DRAIN_MS };
  const result = await runRow(MUTATION_ROW, { ...options, lua: texts });
  if (result.dir !== null) rmSync(result.dir, { recursive: true, force: true });
  return result.breaches[0] ?? null;
}

/** @throws Error when the text that the mutation changes is not, exactly once, in its file. */
function textOf(mutation: Mutation): Readonly<Record<string, string>> {
  return { [mutation.file]: mutate(luaText(mutation.file), mutation) };
}

function isWanted(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

type ModelVerdict = Pick<Verdict, 'name' | 'histories' | 'model'>;

/** Runs the broker's own test of the same mutations. */
async function modelVerdicts(file: string): Promise<ModelVerdict[]> {
  const broker = fileURLToPath(new URL('../../../broker/', import.meta.url));
  const jest = join(broker, 'node_modules', '.bin', 'relay-jest');
  await new Promise<void>((resolve, reject) => {
    const child = spawn(jest, ['test/model/mutations.test.ts'], {
      cwd: broker,
      env: { ...process.env, RELAY_MUTATIONS_JSON: file },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    child.once('error', reject);
    // It fails when one is not noticed: the table tells which.
    child.once('close', () => resolve());
  });
  return JSON.parse(readFileSync(file, 'utf8')) as ModelVerdict[];
}

/** The mutations that no test has noticed. */
export function missed(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ model, harness }) => model === null && (harness ?? null) === null);
}

export function describeVerdict({ name, model, histories, harness }: Verdict): string {
  const byModel = model === null ? 'not noticed' : `noticed after ${histories} histories`;
  const byHarness = harness === undefined ? 'not run' : (harness ?? 'not noticed');
  return `${name}\n    model: ${byModel}\n    harness: ${byHarness.slice(0, 140)}`;
}
