'use client';

import type { Job } from '@relay/contract';
import { Ban, CalendarClock, CircleCheck, type LucideIcon, Play, Plus, Skull } from 'lucide-react';
import { TimeAgo } from '../../design/TimeAgo.tsx';

interface Step {
  readonly text: string;
  readonly at: string;
  readonly icon: LucideIcon;
  readonly tone: string;
}

const ENDS = {
  completed: { text: 'Completed', icon: CircleCheck, tone: 'text-good' },
  dead: { text: 'Died', icon: Skull, tone: 'text-bad' },
  cancelled: { text: 'Cancelled', icon: Ban, tone: 'text-ink-3' },
} as const;

/** From its acceptance to its end. */
export function Timeline({ job }: { readonly job: Job }) {
  return (
    <ol className="px-4 pt-1 pb-3">
      {stepsOf(job).map(({ text, at, icon: Icon, tone }, index, all) => (
        <li key={text} className="relative flex gap-3 pb-3 text-[13px]">
          {index < all.length - 1 && (
            <span
              aria-hidden
              className="absolute top-5 bottom-0 left-[7.5px] w-px bg-line-strong"
            />
          )}
          <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone}`} />
          <span className="flex-1">{text}</span>
          <span className="text-ink-2">
            <TimeAgo at={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function stepsOf({ state, createdAt, runAt, startedAt, finishedAt }: Job): Step[] {
  const steps: Step[] = [{ text: 'Accepted', at: createdAt, icon: Plus, tone: 'text-ink-3' }];
  if (Date.parse(runAt) > Date.parse(createdAt)) {
    steps.push({ text: 'Due', at: runAt, icon: CalendarClock, tone: 'text-violet' });
  }
  if (startedAt !== null) {
    const text = state === 'active' ? 'Running since' : 'Last started';
    steps.push({ text, at: startedAt, icon: Play, tone: 'text-warn' });
  }
  if (finishedAt !== null && (state === 'completed' || state === 'dead' || state === 'cancelled')) {
    steps.push({ ...ENDS[state], at: finishedAt });
  }
  return steps;
}
