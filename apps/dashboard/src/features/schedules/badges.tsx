import type { Schedule } from '@relay/contract';
import {
  CalendarCheck2,
  CircleCheck,
  CircleX,
  FastForward,
  Flag,
  type LucideIcon,
  SkipForward,
} from 'lucide-react';
import { Badge, PausedBadge, type Tone } from '../../design/Badge.tsx';

export type Result = Schedule['results'][number];

const OUTCOMES: Readonly<Record<Result['outcome'], { icon: LucideIcon; tone: Tone }>> = {
  enqueued: { icon: CircleCheck, tone: 'good' },
  skipped: { icon: SkipForward, tone: 'neutral' },
  missed: { icon: FastForward, tone: 'warn' },
  refused: { icon: CircleX, tone: 'bad' },
};

export function OutcomeBadge({ outcome }: Pick<Result, 'outcome'>) {
  return <Badge {...OUTCOMES[outcome]}>{outcome}</Badge>;
}

/** Whether a schedule goes on. */
export function ScheduleBadge({
  schedule: { paused, nextRunAt },
}: {
  readonly schedule: Schedule;
}) {
  if (paused) return <PausedBadge />;
  if (nextRunAt === null) {
    return (
      <Badge icon={Flag} tone="neutral">
        Ended
      </Badge>
    );
  }
  return (
    <Badge icon={CalendarCheck2} tone="good">
      On
    </Badge>
  );
}
