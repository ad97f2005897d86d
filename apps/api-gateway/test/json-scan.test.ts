import { describe, expect, it } from '@jest/globals';
import { scanJson } from '../src/http/json-scan.ts';
import { RawJson, stringifyJson } from '../src/http/raw-json.ts';

const scan = (text: string, raw?: readonly string[]) =>
  scanJson(Buffer.from(text), raw === undefined ? {} : { raw });

const accepts = (text: string, read: (text: string) => unknown): boolean => {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
};

/** A small generator of its own, so that a failure can be run again by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('raw values', () => {
  it('stand where the path says, and nowhere else', () => {
    const document = scan('{"payload": 1.0, "other": {"payload": 1.0}}', ['payload']);
    expect(stringifyJson(document)).toBe('{"payload":1.0,"other":{"payload":1}}');
    const items = scan('{"jobs":[{"payload":[ 1 ]},{"a":2},[],3,{"payload":{}}]}', [
      'jobs',
      '*',
      'payload',
    ]);
    expect(stringifyJson(items)).toBe('{"jobs":[{"payload":[ 1 ]},{"a":2},[],3,{"payload":{}}]}');
  });

  it.each(['[1]', '5', '"payload"', '{"jobs":{"payload":1}}', '{"jobs":[]}', '{}'])(
    'are absent from %s without an error',
    (text) => {
      expect(scan(text, ['jobs', '*', 'payload'])).toEqual(JSON.parse(text));
    },
  );

  it('are recognised when their name is escaped', () => {
    const document = scan('{"p\\u0061yload": 1e400}', ['payload']);
    expect(stringifyJson(document)).toBe('{"payload":1e400}');
  });

  it('are not shown by whoever prints the document', () => {
    const document = scan('{"payload":"secret"}', ['payload']);
    expect(document).toEqual({ payload: expect.any(RawJson) });
    expect(JSON.stringify(document)).not.toContain('secret');
  });
});

describe('depth', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('is counted from the raw value on', () => {
    expect(accepts(`{"payload":${nested(128)}}`, (text) => scan(text, ['payload']))).toBe(true);
    expect(() => scan(`{"payload":${nested(129)}}`, ['payload'])).toThrow(/deeper than 128/);
  });

  it('of a million is refused without a stack overflow', () => {
    expect(() => scan('['.repeat(1_000_000))).toThrow(/deeper than 128/);
    expect(() => scan('{"a":'.repeat(1_000_000))).toThrow(/deeper than 128/);
  });
});

it('takes exactly what JSON.parse takes, in 50,000 texts that are nearly JSON', () => {
  const seed = Date.now() % 1_000_000;
  const random = randomOf(seed);
  const leaves = ['1', '-0.5e3', '1E+2', '"a\\u0041"', '"é😀"', 'true', 'null', '""', '[]', '{}'];
  const value = (depth: number): string => {
    const kind = random(3);
    if (depth > 4 || kind === 0) return leaves[random(leaves.length)] ?? '';
    const items = Array.from({ length: random(4) }, (_, index) =>
      kind === 1 ? value(depth + 1) : `"k${index}" : ${value(depth + 1)}`,
    );
    return kind === 1 ? `[${items.join(' , ')} ]` : `{ ${items.join(',')}}`;
  };
  const noise = '{}[]",:0123-eE.+truefalsn\\ \t\u0001';
  for (let round = 0; round < 50_000; round++) {
    let text = value(0);
    if (random(4) > 0) {
      const at = random(text.length);
      text = text.slice(0, at) + (noise[random(noise.length)] ?? '') + text.slice(at + random(2));
    }
    const body = `{"payload":${text}}`;
    const ours = accepts(body, (one) => scan(one, ['payload']));
    const theirs = accepts(body, JSON.parse);
    // Noise may close the payload early; what follows is our own part, which is stricter.
    const escaped = theirs && !accepts(text, JSON.parse);
    if (ours !== theirs && !escaped) {
      throw new Error(`seed ${seed}: ${JSON.stringify(text)}: ours ${ours}, JSON.parse ${theirs}`);
    }
  }
});
