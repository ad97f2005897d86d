import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  aesGcmCodec,
  CODEC_HEADER,
  encodePayload,
  gzipCodec,
  type WorkerOptions,
} from '../src/index.ts';
import { lease } from './support/fake-broker.ts';
import { setUp } from './support/set-up.ts';

describe('codecs', () => {
  const [k1, k2] = [randomBytes(32), randomBytes(32)];
  const payload = { to: 'ada', note: 'é'.repeat(500) };

  /** What becomes of a job with this payload at a worker with these codecs. */
  async function run(
    encoded: ReturnType<typeof encodePayload>,
    codecs: WorkerOptions['codecs'] = [],
  ) {
    let seen: unknown;
    let ran = false;
    const { broker, worker } = setUp({
      codecs,
      handlers: (job) => {
        ran = true;
        seen = job.payload;
      },
    });
    worker.start();
    (await broker.call()).reply({ leases: [lease({ ...encoded })] });
    const settling = await broker.call();
    settling.reply();
    return { item: settling.items[0], seen, ran };
  }

  test.each([
    ['gzip', [gzipCodec()]],
    ['aes-gcm', [aesGcmCodec({ keys: { k1 } })]],
    ['gzip,aes-gcm', [gzipCodec({ level: 1 }), aesGcmCodec({ keys: { k1, k2 }, current: 'k1' })]],
  ])('%s: what was encoded is what the handler reads', async (names, codecs) => {
    const encoded = encodePayload(payload, codecs);
    expect(encoded.headers).toEqual({ [CODEC_HEADER]: names });
    expect(encoded.payload).not.toContain('ada');
    const { item, seen } = await run(encoded, codecs);
    expect(item?.outcome).toBe('complete');
    expect(seen).toEqual(payload);
  });

  test('none: the payload is plain JSON, and costs no header', () => {
    expect(encodePayload(payload, [])).toEqual({ payload: JSON.stringify(payload), headers: {} });
  });

  test('keys rotate: old payloads are read with the old key, new ones have the new', async () => {
    const before = encodePayload(payload, [aesGcmCodec({ keys: { k1 } })]);
    const both = aesGcmCodec({ keys: { k1, k2 }, current: 'k2' });
    const after = encodePayload(payload, [both]);
    expect(after.payload).toMatch(/^"k2\./);
    for (const encoded of [before, after])
      expect((await run(encoded, [both])).seen).toEqual(payload);
    const { item } = await run(before, [aesGcmCodec({ keys: { k2 } })]);
    expect(item).toMatchObject({
      outcome: 'fail',
      error: { name: 'CodecError', message: expect.stringMatching(/no key "k1" \(known: k2\)/) },
    });
  });

  test('one that the worker does not know fails the attempt before its handler is called', async () => {
    const { item, ran } = await run(encodePayload(payload, [gzipCodec()]));
    expect(ran).toBe(false);
    expect(item).toMatchObject({
      outcome: 'fail',
      error: { message: expect.stringMatching(/gzip, which this worker does not know.*none/) },
    });
    expect(item).not.toHaveProperty('retry');
  });

  test('a payload that was tampered with is refused', async () => {
    const codec = aesGcmCodec({ keys: { k1 } });
    const { payload: text, headers } = encodePayload(payload, [codec]);
    const at = text.length - 10;
    const other = text[at] === 'A' ? 'B' : 'A';
    const tampered = text.slice(0, at) + other + text.slice(at + 1);
    const { item } = await run({ payload: tampered, headers }, [codec]);
    expect(item).toMatchObject({ outcome: 'fail', error: { name: 'CodecError' } });
  });

  test.each([
    ['a short key', () => aesGcmCodec({ keys: { k1: k1.subarray(1) } }), /31 bytes/],
    ['no key', () => aesGcmCodec({ keys: {} }), /no key/],
    ['an unknown current key', () => aesGcmCodec({ keys: { k1 }, current: 'k9' }), /"k9"/],
    ['two of one name', () => setUp({ codecs: [gzipCodec(), gzipCodec()] }), /two codecs/],
  ])('refuse %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
