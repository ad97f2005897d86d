import {
  CalendarClock,
  Cpu,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  Skull,
} from 'lucide-react';

export interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** After `g`. */
  readonly letter: string;
}

/** The pages that stand in the navigation, in its order. */
export const PLACES: readonly Place[] = [
  { href: '/', label: 'Overview', icon: LayoutDashboard, letter: 'o' },
  { href: '/queues', label: 'Queues', icon: ListTree, letter: 'q' },
  { href: '/dead', label: 'Dead letters', icon: Skull, letter: 'd' },
  { href: '/schedules', label: 'Schedules', icon: CalendarClock, letter: 's' },
  { href: '/workers', label: 'Workers', icon: Cpu, letter: 'w' },
];

/** The one page without navigation and without figures. */
export const LOGIN_PATH = '/login';
