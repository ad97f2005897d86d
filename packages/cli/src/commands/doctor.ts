import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { EXIT } from '../exit.ts';
import { counted, plain } from '../format.ts';
import type { Colour } from '../io.ts';
import { durationValue } from '../values.ts';

interface DoctorFlags {
  readonly redis?: string;
  readonly namespace?: string;
  readonly maxLag: number;
  readonly maxSkew: number;
  readonly maxWait: number;
}

/** `doctor`. */
export function addDoctor(program: Command, attach: Attach): void {
  const time = (flag: string, text: string, ms: number): Option =>
    new Option(`${flag} <duration>`, text).argParser(durationValue).default(ms, `${ms / 1_000}s`);
  attach<DoctorFlags>(
    program
      .command('doctor')
      .description('diagnose gateway, Redis, workers, background loops and queues')
      .option('--redis <url>', 'also check Redis itself; default: REDIS_URL')
      .option('--namespace <name>', 'prefix of the keys in Redis; default: RELAY_NAMESPACE (relay)')
      .addOption(time('--max-lag', 'maximum lateness of the background loops', 10_000))
      .addOption(time('--max-skew', 'maximum difference between clocks', 2_000))
      .addOption(time('--max-wait', 'how long a ready job may wait', 300_000)),
    async (context, _, flags) => {
      const { env } = context.io;
      const findings = await examine(context, {
        redis: flags.redis ?? env['REDIS_URL'],
        namespace: flags.namespace ?? env['RELAY_NAMESPACE'] ?? 'relay',
        maxLagMs: flags.maxLag,
        maxSkewMs: flags.maxSkew,
        maxWaitMs: flags.maxWait,
      });
      return await report(context, findings);
    },
  );
}

const MARKS: Readonly<Record<Finding['status'], readonly [string, Colour]>> = {
  ok: ['ok', 'green'],
  warn: ['warning', 'yellow'],
  fail: ['wrong', 'red'],
  skipped: ['skipped', 'dim'],
};

async function report(context: Context, findings: readonly Finding[]): Promise<number> {
  const of = (status: Finding['status']): number =>
    findings.filter((one) => one.status === status).length;
  const healthy = of('fail') === 0;
  const code = healthy ? EXIT.ok : EXIT.failed;
  if (context.json) {
    await context.print(JSON.stringify({ healthy, findings }));
    return code;
  }
  const room = Math.max(...findings.map(({ id }) => id.length));
  for (const { id, status, message, advice } of findings) {
    const [mark, colour] = MARKS[status];
    await context.print(
      `${context.paint(colour, mark.padEnd(7))}  ${id.padEnd(room)}  ${plain(message)}`,
    );
    if (advice !== undefined) await context.print(`${' '.repeat(room + 11)}→ ${plain(advice)}`);
  }
  await context.print(`\n${of('ok')} ok, ${counted(of('warn'), 'warning')}, ${of('fail')} wrong`);
  return code;
}
