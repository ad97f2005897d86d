import type { JobState } from '@relay/contract';
import type { JobsOptions } from '../../data/paths.ts';
import { JOB_STATES } from '../../design/Badge.tsx';

export const TABS = [
  { id: 'jobs', label: 'Jobs' },
  { id: 'metrics', label: 'Metrics' },
  { id: 'settings', label: 'Settings' },
  { id: 'danger', label: 'Danger' },
] as const;

/** A part of an address's query, by its name. */
type Query = (name: string) => string | undefined;

/** The part of a queue's page that an address asks for. */
export function tabAsked(get: Query): (typeof TABS)[number]['id'] {
  return TABS.find(({ id }) => id === get('tab'))?.id ?? 'jobs';
}

export const STATES = Object.keys(JOB_STATES) as JobState[];

/**
 * The jobs that an address asks for.
 *
 * @param otherwise the state where it names none; undefined: nobody knows which yet, and so which jobs
 */
export function jobsAsked(get: Query, otherwise?: JobState): JobsOptions | undefined {
  const state = STATES.find((each) => each === get('state')) ?? otherwise;
  if (state === undefined) return undefined;
  const worker = state === 'active' ? get('worker') : undefined;
  return { state, cursor: get('cursor'), type: get('type'), worker };
}
