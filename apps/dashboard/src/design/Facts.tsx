import type { ReactNode } from 'react';

export interface FactsProps {
  readonly facts: readonly { readonly name: string; readonly value: ReactNode }[];
}

/** Names and what they are. */
export function Facts({ facts }: FactsProps) {
  return (
    <dl className="space-y-2 px-4 pt-1 pb-4 text-[13px]">
      {facts.map(({ name, value }) => (
        <div key={name} className="flex justify-between gap-4">
          <dt className="shrink-0 text-ink-2">{name}</dt>
          <dd className="min-w-0 text-right break-words tabular-nums">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
