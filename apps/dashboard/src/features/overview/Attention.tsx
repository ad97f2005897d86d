import type { JobState, Overview } from '@relay/contract';
import { CirclePause, Hourglass, type LucideIcon, PartyPopper, Skull, UserX } from 'lucide-react';
import type { ReactNode } from 'react';
import { duration } from '../../design/format.ts';
import { Num } from '../../design/Num.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import { EmptyState } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';
import { NoQueues } from '../queues/NoQueues.tsx';
import { MOST_NAMED, OLD_MS } from './verdict.ts';

interface Item {
  readonly queue: string;
  /** The jobs that it is about. */
  readonly state: JobState;
  readonly icon: LucideIcon;
  readonly tone: string;
  readonly what: string;
  readonly figure: ReactNode;
}

/** What needs somebody, the worst first. */
export function Attention({ overview }: { readonly overview: Overview }) {
  const all = itemsOf(overview.attention);
  const items = all.slice(0, MOST_NAMED);
  if (overview.queues === 0) {
    return (
      <Card title="Needs attention">
        <NoQueues />
      </Card>
    );
  }
  return (
    <Card title="Needs attention" aside={all.length > items.length && <Others />}>
      {items.length === 0 ? (
        <EmptyState icon={PartyPopper} title="All clear">
          No queue lacks workers, accumulates dead letters or is paused with jobs waiting.
        </EmptyState>
      ) : (
        <ul className="pb-1">
          {items.map(({ queue, state, icon: Icon, tone, what, figure }) => (
            <li key={`${queue} ${what}`} className="border-t border-line first:border-t-0">
              <PageLink
                href={`/queues/${encodeURIComponent(queue)}?state=${state}`}
                className="flex min-h-11 items-center gap-3 px-4 py-1.5 text-[13px] hover:bg-raised/60"
              >
                <Icon aria-hidden className={`size-4 shrink-0 ${tone}`} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{queue}</span>
                  <span className="block text-xs text-ink-2">{what}</span>
                </span>
                <span className="shrink-0 tabular-nums">{figure}</span>
              </PageLink>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** For who has more of them than stand here. */
function Others() {
  return (
    <PageLink
      href="/queues?show=backlog"
      className="rounded text-xs text-accent hover:underline hover:underline-offset-2"
    >
      All queues with a backlog
    </PageLink>
  );
}

function itemsOf({
  withoutWorkers,
  deadGrowing,
  oldest,
  pausedWithBacklog,
}: Overview['attention']): Item[] {
  // Paused queues and those without workers have old jobs: that is said once.
  const told = new Set([...withoutWorkers, ...pausedWithBacklog].map(({ queue }) => queue));
  return [
    ...withoutWorkers.map(({ queue, ready }) => ({
      queue,
      state: 'ready' as const,
      icon: UserX,
      tone: 'text-bad',
      what: 'Jobs are waiting, but no worker serves this queue',
      figure: <Num value={ready} unit=" ready" />,
    })),
    ...deadGrowing.map(({ queue, dead }) => ({
      queue,
      state: 'dead' as const,
      icon: Skull,
      tone: 'text-bad',
      what: 'Dead letters are increasing',
      figure: <Num value={dead} unit=" dead" />,
    })),
    ...oldest
      .filter(({ queue, oldestReadyMs }) => oldestReadyMs > OLD_MS && !told.has(queue))
      .map(({ queue, oldestReadyMs }) => ({
        queue,
        state: 'ready' as const,
        icon: Hourglass,
        tone: 'text-warn',
        what: 'The oldest job has waited for over a minute',
        figure: duration(oldestReadyMs),
      })),
    ...pausedWithBacklog.map(({ queue, ready }) => ({
      queue,
      state: 'ready' as const,
      icon: CirclePause,
      tone: 'text-warn',
      what: 'Paused with jobs waiting',
      figure: <Num value={ready} unit=" ready" />,
    })),
  ];
}
