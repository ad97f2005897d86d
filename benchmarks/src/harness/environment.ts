import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { RedisUnderTest } from './context.ts';

const CONFIG = [
  'save',
  'appendonly',
  'appendfsync',
  'maxmemory',
  'maxmemory-policy',
  'io-threads',
  'hz',
];

/** Where and on what it ran: part of every report. */
export type Environment = Readonly<Record<string, string>>;

export async function readEnvironment(): Promise<Environment> {
  await using redis = await RedisUnderTest.start();
  const info = await redis.client.info('server');
  const config = await redis.client.config('GET', ...(CONFIG as [string]));
  const pairs: string[] = [];
  for (let at = 0; at < config.length; at += 2)
    pairs.push(`${config[at]} ${config[at + 1] === '' ? '""' : config[at + 1]}`);
  const gib = Math.round(totalmem() / 2 ** 30);
  return {
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${gib} GiB, ${type()} ${release()}`,
    'load before the run': `${(loadavg()[0] ?? 0).toFixed(1)} in the last minute: what other programs want of the cores`,
    node: process.version,
    redis: `${/redis_version:(\S+)/.exec(info)?.[1]}, one server on 127.0.0.1 for all contenders of a row`,
    'redis configuration': pairs.toSorted().join(', '),
    relay: 'this repository, built',
    ...Object.fromEntries(
      ['bullmq', 'bee-queue', 'groupmq', 'ioredis'].map((name) => [name, versionOf(name)]),
    ),
  };
}

function versionOf(name: string): string {
  // Not every one exports its package.json.
  let at = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const read: unknown = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
      if (typeof read === 'object' && read !== null && 'name' in read && read.name === name)
        return 'version' in read ? String(read.version) : 'unknown';
    } catch {
      // Not here: a folder further up.
    }
    if (dirname(at) === at) return 'unknown';
    at = dirname(at);
  }
}
