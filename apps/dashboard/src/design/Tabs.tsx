import { PageLink } from './PageLink.tsx';

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly label: string }[];
  readonly current: string;
  readonly hrefOf: (id: string) => string;
}

/** Parts of a page, each with an address of its own: links, so that they open in another tab too. */
export function Tabs({ label, tabs, current, hrefOf }: TabsProps) {
  return (
    <nav aria-label={label} className="mb-4 overflow-x-auto border-b border-line">
      <ul className="flex gap-5">
        {tabs.map((tab) => (
          <li key={tab.id}>
            <PageLink
              href={hrefOf(tab.id)}
              scroll={false}
              aria-current={tab.id === current ? 'page' : undefined}
              className="-mb-px flex h-9 items-center border-b-2 border-transparent text-[13px] whitespace-nowrap text-ink-2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
            >
              {tab.label}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
