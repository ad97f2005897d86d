import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, variablesOf } from '@relay/service-kit';
import { workerSchema } from '../src/config.ts';

const queuesOf = (text: string) =>
  loadConfig(workerSchema, { RELAY_HANDLERS: 'x.js', RELAY_QUEUES: text }).config.RELAY_QUEUES;

describe('RELAY_QUEUES', () => {
  test('takes names, with concurrency and weight or without', () => {
    expect(queuesOf('emails:5, reports*3,a.b:2*7,plain')).toEqual([
      { name: 'emails', concurrency: 5 },
      { name: 'reports', weight: 3 },
      { name: 'a.b', concurrency: 2, weight: 7 },
      { name: 'plain' },
    ]);
  });

  test.each(['a:0', 'a*0', 'a:', 'a*2:3', 'a b', 'a:1,a:2', ','])('refuses %j', (text) => {
    expect(() => queuesOf(text)).toThrow('RELAY_QUEUES');
  });
});

test('the README names every variable, with its default', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const { name, default: fallback } of variablesOf(workerSchema)) {
    // The schema tells its default as it is parsed.
    const text = name === 'RELAY_QUEUES' ? 'default' : fallback;
    const value = text === undefined ? '–' : `\`${text}\``;
    expect(readme).toMatch(new RegExp(`\\| .*\`${name}\`.* \\| ${value} \\|`));
  }
});
