'use client';

import { useUrlState } from '../../data/url-state.ts';
import { GroupLetters } from './GroupLetters.tsx';
import { GroupsList } from './GroupsList.tsx';

/** What will not run again by itself: first what it died of, then the jobs that did. */
export function DeadPage() {
  const { get } = useUrlState();
  const queue = get('queue');
  const group = get('group');
  if (queue !== undefined && group !== undefined)
    return <GroupLetters queue={queue} group={group} />;
  return <GroupsList />;
}
