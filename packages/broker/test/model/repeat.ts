import { expectReply, type Outcome, type Run, UnexpectedReply } from './run.ts';
import type { SentCall } from './tap.ts';

type ClaimReply = [
  letters: string,
  retryAfter: number,
  now: number,
  until: number,
  ghosts: unknown,
  tokenBase: string,
  ...unknown[],
];

/** Whether the script keeps the outcome of this call: one that changed nothing may be carried out again. */
function isKept({ script, words, reply }: SentCall): boolean {
  if (script === 'settle-and-claim') {
    const items = Number(words[2 + Number(words[1]) + 2]);
    return items > 0 || (reply as ClaimReply).length > 6;
  }
  return script !== 'change' || reply === 'ready' || reply === 'scheduled';
}

/** The last call of a session is sent again, byte for byte, as if its reply had been lost: it has the effect of one. */
export async function repeatLast(run: Run, script: 'enqueue' | 'other'): Promise<Outcome | null> {
  const call = run.tap.numbered.findLast(
    (sent) => !sent.named && (sent.script === 'enqueue') === (script === 'enqueue'),
  );
  if (call === undefined || !isKept(call)) return null;
  const reply = await run.redis.call('evalsha', ...call.words);
  if (call.script === 'settle-and-claim')
    expectReply(leasesOf(reply as ClaimReply), stillLeased(run, call));
  else expectReply(reply, call.reply);
  run.model.note(`repeat: ${call.script}`);
  return { did: `the last ${call.script} is repeated → ${JSON.stringify(reply)}` };
}

/** A claim's reply without the counters: those are read afresh for what is still leased. */
function leasesOf([letters, retryAfter, now, until, , base, ...cells]: ClaimReply): unknown[] {
  return [letters, retryAfter, now, until, base, ...cells.filter((_, i) => i % 3 !== 2)];
}

/** The first reply, with a record for those jobs only that are still leased by that claim. */
function stillLeased({ model }: Run, { reply }: SentCall): unknown[] {
  const [letters, retryAfter, now, until, tokenBase, ...cells] = leasesOf(reply as ClaimReply);
  return [
    letters,
    retryAfter,
    now,
    until,
    tokenBase,
    ...cells.map((cell, i) => {
      if (i % 2 === 0) return cell;
      const token = `${String(tokenBase)}.${(i + 1) / 2}`;
      if (model.jobs.get(String(cells[i - 1]))?.lease?.token === token) return cell;
      model.note('repeat: a lease of it has ended meanwhile');
      return null;
    }),
  ];
}

/** An earlier call of a session arrives when a later one has been carried out: it must change nothing. */
export async function repeatEarlier(run: Run, index: number): Promise<Outcome | null> {
  const { numbered } = run.tap;
  const stale = numbered.filter((call) =>
    numbered.some(
      (later) => later.session === call.session && later.seq > call.seq && isKept(later),
    ),
  );
  const call = stale[index % stale.length];
  if (call === undefined) return null;
  const answer = await run.redis.call('evalsha', ...call.words).catch((error: Error) => error);
  if (!(answer instanceof Error) || !answer.message.startsWith('STALECALL'))
    throw new UnexpectedReply(`a late ${call.script} was answered ${JSON.stringify(answer)}`);
  run.model.note('repeat: a late call is refused');
  return { did: `an earlier ${call.script} arrives late → refused` };
}
