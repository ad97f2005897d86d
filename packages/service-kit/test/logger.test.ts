import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { createLogger } from '../src/index.ts';

it('the logger hides payloads, tokens and keys', () => {
  let log = '';
  const destination = new Writable({
    write(chunk, _, done) {
      log += String(chunk);
      done();
    },
  });
  const logger = createLogger({ name: 't', version: '0', destination });
  logger.info({
    payload: 'canary',
    job: { payload: 'canary', leaseToken: 'canary' },
    req: { headers: { authorization: 'canary' } },
    visible: 'yes',
  });
  expect(log).not.toContain('canary');
  expect(JSON.parse(log)).toMatchObject({ level: 'info', service: 't', visible: 'yes' });
});
