import type { Overview } from '@relay/contract';
import type { ReactNode } from 'react';
import { bytes } from '../../design/format.ts';
import { Card } from '../../design/Tile.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';

/** Redis, and the service that reaps and promotes. */
export function SystemCards({ overview: { redis, loops } }: { readonly overview: Overview }) {
  return (
    <div className="space-y-4">
      <Card title="Redis">
        <Facts>
          <Fact name="Server">
            {redis.product} {redis.version}
          </Fact>
          <Fact name="Memory">{memory(redis)}</Fact>
          <Fact name="Eviction" warn={redis.evictionPolicy !== 'noeviction'}>
            {redis.evictionPolicy ?? 'unknown'}
          </Fact>
          <Fact name="Append-only file" warn={redis.appendOnly === false}>
            {redis.appendOnly === null
              ? 'unknown'
              : redis.appendOnly
                ? 'on'
                : 'off: a crash loses jobs'}
          </Fact>
        </Facts>
      </Card>
      <Card title="Reaper and promoter">
        <Facts>
          <Fact name="Replicas" warn={loops.replicas.length === 0}>
            {loops.replicas.length === 0 ? 'none runs' : loops.replicas.length}
          </Fact>
          <Fact name="Last heartbeat" warn={loops.lastSeenAt === null}>
            {loops.lastSeenAt === null ? 'never' : <TimeAgo at={loops.lastSeenAt} />}
          </Fact>
        </Facts>
      </Card>
    </div>
  );
}

function memory({ memoryUsedBytes, memoryMaxBytes }: Overview['redis']): string {
  if (memoryUsedBytes === null) return 'unknown';
  const limit = memoryMaxBytes === null ? 'no limit' : `of ${bytes(memoryMaxBytes)}`;
  return `${bytes(memoryUsedBytes)}, ${limit}`;
}

function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="space-y-2 px-4 pt-1 pb-4 text-[13px]">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  readonly warn?: boolean;
  readonly children: ReactNode;
}

function Fact({ name, warn = false, children }: FactProps) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-ink-2">{name}</dt>
      <dd className={`text-right tabular-nums ${warn ? 'font-medium text-warn' : ''}`}>
        {children}
      </dd>
    </div>
  );
}
