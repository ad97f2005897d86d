import type { JobState, Settlement } from '../../src/index.ts';
import { given as fields, type Run } from './run.ts';
import type { JobPick, SettleDraft, TokenPick } from './steps.ts';

const INVENTED = { id: '0InventedByTheModel00', token: 'InventedByTheMode.1' };

/** Turns what a step refers to into jobs and tokens of this moment. Null: there is none. */
export function picker({ model, given }: Pick<Run, 'model' | 'given'>) {
  const at = <T>(list: readonly T[], index: number): T | null => list[index % list.length] ?? null;

  function job({ from, index }: JobPick, suitable: readonly JobState[]): string | null {
    if (from === 'unknown') return INVENTED.id;
    const jobs = [...model.jobs.values()].filter(
      ({ state }) => from === 'any' || suitable.includes(state),
    );
    return at(jobs, index)?.id ?? null;
  }

  function token({ kind, index }: TokenPick): { id: string; token: string } | null {
    const live = model.in('active').map(({ id, lease }) => ({ id, token: lease!.token }));
    const chosen = at(live, index);
    switch (kind) {
      case 'invented':
        return INVENTED;
      case 'live':
        return chosen;
      case 'stale': {
        const tokens = new Set(live.map((lease) => lease.token));
        return at(
          given.filter((lease) => !tokens.has(lease.token)),
          index,
        );
      }
      case 'foreign': {
        const other = at(live, index + 1);
        return chosen && other && other !== chosen ? { id: chosen.id, token: other.token } : null;
      }
      case 'cut':
        return chosen && { id: chosen.id, token: chosen.token.slice(0, -1) };
      case 'longer':
        return chosen && { id: chosen.id, token: `${chosen.token}0` };
    }
  }

  function settlement(draft: SettleDraft): Settlement | null {
    const lease = token(draft.token);
    if (lease === null) return null;
    const { outcome, delayMs, result, retry } = draft;
    switch (outcome) {
      case 'complete':
        return { ...lease, outcome, ...fields({ result }) };
      case 'fail':
        return {
          ...lease,
          outcome,
          error: { name: 'Error', message: draft.message },
          ...fields({ retry, retryInMs: delayMs }),
        };
      case 'release':
      case 'unhandled':
        return { ...lease, outcome, ...fields({ delayMs }) };
      case 'timeout':
        return { ...lease, outcome };
    }
  }

  return { job, token, settlement };
}
