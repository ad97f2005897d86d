import { connect } from 'node:net';
import type { TestStack } from './stack.ts';

/** A command that Redis was long at, by the clock. */
export interface SlowCommand {
  /** What it was, and its first key. */
  readonly what: string;
  readonly ms: number;
}

/** What Redis says of its own times. */
export class RedisTimes {
  readonly #stack: TestStack;

  constructor(stack: TestStack) {
    this.#stack = stack;
  }

  /** From now on what takes longer is noted. */
  async note(overMs: number): Promise<void> {
    await this.#call(`CONFIG SET slowlog-log-slower-than ${overMs * 1000}`);
    await this.#call('CONFIG SET slowlog-max-len 1024');
    await this.#call('SLOWLOG RESET');
  }

  /** What was noted since the last time. */
  async slow(): Promise<SlowCommand[]> {
    // An entry is a list of six: number, time, µs, words of the command, address and name of the client.
    const entries = (await this.#call('SLOWLOG GET 1024')).split('*6\r\n').slice(1);
    await this.#call('SLOWLOG RESET');
    return entries.flatMap((entry) => {
      const [, us = ''] = /^:\d+\r\n:\d+\r\n:(\d+)\r\n/.exec(entry) ?? [];
      if (us === '') return [];
      const words = [...entry.matchAll(/^\$\d+\r\n(.*)\r$/gm)].map(([, word = '']) => word);
      return [{ what: described(words), ms: Number(us) / 1000 }];
    });
  }

  /** How long its main thread has had a processor, in ms: the time that it was kept waiting for one is not in it. */
  async processorMs(): Promise<number> {
    const info = await this.#call('INFO cpu');
    const seconds = [...info.matchAll(/used_cpu_(?:user|sys)_main_thread:([\d.]+)/g)];
    return seconds.reduce((sum, [, each]) => sum + Number(each) * 1000, 0);
  }

  /** What Redis answers to one command, as it comes over the wire. */
  #call(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const { host, port } = this.#stack.redis;
      const socket = connect(port, host, () => socket.end(`${command}\r\nQUIT\r\n`));
      socket.setEncoding('utf8');
      socket.on('data', (part: string) => {
        text += part;
      });
      socket.on('error', reject).on('close', () => resolve(text));
    });
  }
}

/** A script has no name in the log: how many keys it has, and which is the first, tell which it was. */
function described([name = '?', ...words]: readonly string[]): string {
  const key = words.find((word) => word.startsWith('relay:')) ?? words[0] ?? '';
  if (!/^evalsha/i.test(name)) return `${name} ${key}`;
  const [sha = '', keys = ''] = words;
  return `script ${sha.slice(0, 8)} of ${keys} keys, ${key}`;
}
