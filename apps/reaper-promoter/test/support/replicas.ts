import { fileURLToPath } from 'node:url';
import { type ManagedProcess, startProcess } from '@relay/testkit';

const ENTRY = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The replicas of a test, as processes of their own. */
export class Replicas {
  readonly #url: () => string;
  readonly #all: ManagedProcess[] = [];

  constructor(url: () => string) {
    this.#url = url;
  }

  async start(env: Record<string, string> = {}): Promise<ManagedProcess> {
    const replica = await this.launch(env);
    await replica.waitForLine(/"ready: /, 20_000);
    return replica;
  }

  /** Starts one, and does not wait for it to be ready. */
  async launch(env: Record<string, string> = {}): Promise<ManagedProcess> {
    const replica = await startProcess({
      entry: ENTRY,
      env: { REDIS_URL: this.#url(), PORT: '0', ...env },
    });
    this.#all.push(replica);
    return replica;
  }

  /** Takes one out: the test has ended it. */
  drop(replica: ManagedProcess): void {
    this.#all.splice(this.#all.indexOf(replica), 1);
  }

  get all(): readonly ManagedProcess[] {
    return this.#all;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((one) => one.stop()));
  }

  /** The value of a series of each replica; `labels` as they are printed. */
  async values(name: string, labels: string): Promise<number[]> {
    const texts = await Promise.all(this.#all.map(scrape));
    return texts.map((text) => seriesIn(text, `${name}{${labels}}`));
  }
}

export async function scrape(replica: ManagedProcess): Promise<string> {
  const line = await replica.waitForLine(/"ready: /);
  const { url } = JSON.parse(line) as { url: string };
  const response = await fetch(`${url}/metrics`);
  return await response.text();
}

function seriesIn(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}
