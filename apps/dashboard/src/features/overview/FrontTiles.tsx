import type { Overview } from '@relay/contract';
import { ArrowDownToLine, CircleCheck, CircleX, Hourglass, Layers, Skull } from 'lucide-react';
import { duration } from '../../design/format.ts';
import { Num } from '../../design/Num.tsx';
import { Tile } from '../../design/Tile.tsx';
import { OLD_MS } from './verdict.ts';

/** The six figures. */
export function FrontTiles({ overview: { tiles } }: { readonly overview: Overview }) {
  const age = tiles.oldestReadyMs;
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      <Tile
        label="Enqueued"
        icon={ArrowDownToLine}
        href="/queues?sort=in"
        note="over the last minute"
      >
        <Num as="rate" value={tiles.enqueuedPerSec} unit="/s" />
      </Tile>
      <Tile label="Finished" icon={CircleCheck} href="/queues?sort=out" note="over the last minute">
        <Num as="rate" value={tiles.finishedPerSec} unit="/s" />
      </Tile>
      <Tile
        label="Failed"
        icon={CircleX}
        tone={tiles.failedPerSec > 0 ? 'warn' : 'neutral'}
        href="/queues?sort=dead"
        note="attempts"
      >
        <Num as="rate" value={tiles.failedPerSec} unit="/s" />
      </Tile>
      <Tile
        label="Ready"
        icon={Layers}
        href="/queues?sort=ready"
        note={
          <>
            <Num value={tiles.active} /> active, <Num value={tiles.scheduled} /> scheduled
          </>
        }
      >
        <Num value={tiles.ready} />
      </Tile>
      <Tile
        label="Oldest ready"
        icon={Hourglass}
        tone={age !== null && age > OLD_MS ? 'warn' : 'neutral'}
        href="/queues?sort=oldest"
        note={age === null ? 'nothing waiting' : 'waiting for a worker'}
      >
        {age === null ? <span className="text-ink-3">–</span> : duration(age)}
      </Tile>
      <Tile
        label="Dead"
        icon={Skull}
        tone={tiles.dead > 0 ? 'bad' : 'neutral'}
        href="/dead"
        note={tiles.dead > 0 ? 'awaiting a decision' : 'none'}
      >
        <Num value={tiles.dead} />
      </Tile>
    </div>
  );
}
