import type { JobState } from '@relay/contract';
import {
  Ban,
  CircleCheck,
  CircleDashed,
  Clock,
  type LucideIcon,
  Pause,
  Play,
  Skull,
} from 'lucide-react';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info' | 'violet';

const TONES: Readonly<Record<Tone, string>> = {
  neutral: 'bg-raised text-ink-2',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  violet: 'bg-violet-soft text-violet',
};

export interface BadgeProps {
  readonly icon: LucideIcon;
  readonly tone: Tone;
  readonly children: string;
}

/** A state: an icon and a word, so that the colour only helps. */
export function Badge({ icon: Icon, tone, children }: BadgeProps) {
  return (
    <span
      className={`inline-flex h-5.5 items-center gap-1 rounded-full px-2 align-middle text-xs font-medium tracking-normal whitespace-nowrap ${TONES[tone]}`}
    >
      <Icon aria-hidden className="size-3" strokeWidth={2.25} />
      {children}
    </span>
  );
}

export const JOB_STATES: Readonly<
  Record<JobState, { icon: LucideIcon; tone: Tone; label: string }>
> = {
  scheduled: { icon: Clock, tone: 'violet', label: 'Scheduled' },
  ready: { icon: CircleDashed, tone: 'info', label: 'Ready' },
  active: { icon: Play, tone: 'warn', label: 'Active' },
  completed: { icon: CircleCheck, tone: 'good', label: 'Completed' },
  dead: { icon: Skull, tone: 'bad', label: 'Dead' },
  cancelled: { icon: Ban, tone: 'neutral', label: 'Cancelled' },
};

export function StateBadge({ state }: { readonly state: JobState }) {
  const { icon, tone, label } = JOB_STATES[state];
  return (
    <Badge icon={icon} tone={tone}>
      {label}
    </Badge>
  );
}

export function PausedBadge() {
  return (
    <Badge icon={Pause} tone="warn">
      Paused
    </Badge>
  );
}
