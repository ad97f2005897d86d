import { expect, it } from '@jest/globals';
import { GatewayLog, type Unanswered } from '../src/server/gateway-log.ts';

const REFUSED = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
const UNANSWERED: Unanswered = {
  kind: 'gateway-unavailable',
  requestId: 'r-1',
  method: 'GET',
  path: '/v1/overview',
  error: REFUSED,
};

function begin() {
  const lines: unknown[] = [];
  const clock = { now: 0 };
  const log = new GatewayLog({
    now: () => clock.now,
    write: (level, msg, fields) => lines.push({ level, msg, ...fields }),
  });
  return { log, lines, clock };
}

it('an outage is a line when it begins, one a minute, and one when it is over', () => {
  const { log, lines, clock } = begin();
  log.answered();
  for (; clock.now < 125_000; clock.now += 500) log.failed(UNANSWERED);
  log.answered();
  log.answered();
  const line = {
    level: 'error',
    msg: 'the gateway does not answer',
    requestId: 'r-1',
    method: 'GET',
    path: '/v1/overview',
    status: 502,
    reason: 'connect ECONNREFUSED',
  };
  expect(lines).toEqual([
    { ...line, untold: 0 },
    { ...line, untold: 119 },
    { ...line, untold: 119 },
    { level: 'info', msg: 'the gateway answers again', failed: 250, afterMs: 125_000 },
  ]);
});

it('a route that is too slow beside others that answer is two lines a minute', () => {
  const { log, lines, clock } = begin();
  for (; clock.now <= 60_000; clock.now += 10_000) {
    log.failed({ ...UNANSWERED, kind: 'gateway-timeout', error: 'No answer within 10000 ms.' });
    log.answered();
  }
  expect(lines).toMatchObject([
    { msg: 'the gateway takes too long', status: 504, reason: 'No answer within 10000 ms.' },
    { msg: 'the gateway answers again', failed: 1 },
    { msg: 'the gateway takes too long', untold: 5 },
    { msg: 'the gateway answers again', failed: 1 },
  ]);
});
