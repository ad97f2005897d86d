import { connect } from 'node:net';

const MINUTES = 62;
const MINUTE_MS = 60_000;

/**
 * Notes an hour of figures for queues that do not exist yet, so that pictures have something to show:
 * the totals that the reaper-promoter would have noted, minute by minute.
 *
 * @param perMinute jobs of each queue
 */
export async function noteAnHour(
  redis: { readonly host: string; readonly port: number },
  perMinute: Readonly<Record<string, number>>,
): Promise<void> {
  const now = Math.floor(Date.now() / MINUTE_MS);
  const commands = Object.entries(perMinute).flatMap(([queue, jobs], place) => {
    const totals: Record<string, number> = {};
    const add = (name: string, count: number) => {
      totals[name] = (totals[name] ?? 0) + Math.round(count);
    };
    const lines: string[] = [];
    for (let at = MINUTES; at > 0; at -= 1) {
      const wave = 0.86 + 0.12 * Math.sin((at + place * 7) / 9) + 0.05 * Math.sin(at * 2.3 + place);
      const done = jobs * wave;
      for (const name of ['enqueued', 'claimed', 'completed']) add(name, done);
      add('failed', at % 11 < 2 ? done * 0.02 : 0);
      const slow = 0.06 + 0.05 * Math.sin(at / 6);
      for (const [bucket, share] of [
        [4, 0.55],
        [5, 0.39 - slow],
        [7, slow],
      ] as const) {
        add(`wait:${bucket}`, done * share);
        add(`run:${bucket + 1}`, done * share);
      }
      const fields = Object.entries(totals).map(([name, count]) => `${name}=${count}`);
      const minute = now - at;
      const oldest = Math.round(60 + 1_800 * slow + 90 * (at % 4));
      const gauges = `#ready=${Math.round(jobs * slow)} #active=${2 + (at % 5)} #scheduled=0 #dead=0 #oldestReadyAt=${(minute + 1) * MINUTE_MS - oldest}`;
      lines.push(
        `ZADD relay:{${queue}}:series ${minute} "${minute} ${gauges} ${fields.join(' ')}"`,
      );
    }
    const sums = Object.entries(totals).map(([name, count]) => `${name} ${count}`);
    return [`HSET relay:{${queue}}:stats ${sums.join(' ')}`, ...lines];
  });
  await send(redis, commands);
}

/** @throws what Redis complains about */
function send(
  { host, port }: { readonly host: string; readonly port: number },
  commands: readonly string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, host, () => socket.end(`${commands.join('\r\n')}\r\nQUIT\r\n`));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('error', reject).on('close', () => {
      const complaint = /^-.*$/m.exec(text);
      if (complaint === null) resolve();
      else reject(new Error(complaint[0]));
    });
  });
}
