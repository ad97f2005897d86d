import type { Overview } from '@relay/contract';
import { CirclePause, Hourglass, type LucideIcon, PartyPopper, Skull, UserX } from 'lucide-react';
import type { ReactNode } from 'react';
import { duration } from '../../design/format.ts';
import { Num } from '../../design/Num.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import { EmptyState } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';

/** Younger ready jobs are the normal course of things. */
const OLD_MS = 10_000;
const MOST = 10;

interface Item {
  readonly queue: string;
  readonly icon: LucideIcon;
  readonly tone: string;
  readonly what: string;
  readonly figure: ReactNode;
}

/** What needs somebody, the worst first. */
export function Attention({ attention }: { readonly attention: Overview['attention'] }) {
  const items = itemsOf(attention).slice(0, MOST);
  return (
    <Card title="Needs attention">
      {items.length === 0 ? (
        <EmptyState icon={PartyPopper} title="Nothing needs you">
          No queue waits for workers, grows dead letters or is paused with jobs in it.
        </EmptyState>
      ) : (
        <ul className="pb-1">
          {items.map(({ queue, icon: Icon, tone, what, figure }) => (
            <li key={`${queue} ${what}`} className="border-t border-line first:border-t-0">
              <PageLink
                href={`/queues/${encodeURIComponent(queue)}`}
                className="flex min-h-11 items-center gap-3 px-4 py-1.5 text-[13px] hover:bg-raised/60"
              >
                <Icon aria-hidden className={`size-4 shrink-0 ${tone}`} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{queue}</span>
                  <span className="block truncate text-xs text-ink-2">{what}</span>
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
      icon: UserX,
      tone: 'text-bad',
      what: 'Jobs wait, and no worker takes from this queue',
      figure: <Num value={ready} unit=" ready" />,
    })),
    ...deadGrowing.map(({ queue, dead }) => ({
      queue,
      icon: Skull,
      tone: 'text-bad',
      what: 'More and more jobs die',
      figure: <Num value={dead} unit=" dead" />,
    })),
    ...oldest
      .filter(({ queue, oldestReadyMs }) => oldestReadyMs > OLD_MS && !told.has(queue))
      .map(({ queue, oldestReadyMs }) => ({
        queue,
        icon: Hourglass,
        tone: 'text-warn',
        what: 'Its oldest job has been ready for long',
        figure: duration(oldestReadyMs),
      })),
    ...pausedWithBacklog.map(({ queue, ready }) => ({
      queue,
      icon: CirclePause,
      tone: 'text-warn',
      what: 'Paused while jobs wait',
      figure: <Num value={ready} unit=" ready" />,
    })),
  ];
}
