import { fileURLToPath } from 'node:url';
import { type Reference, referencePage } from './reference.ts';
import { type Exported, readSurface } from './surface.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A page that is made from the exports of a package. */
export interface ReferencePage {
  /** From the root. */
  readonly path: string;
  readonly exported: readonly Exported[];
  readonly text: string;
}

function pageOf(
  path: string,
  folder: string,
  entries: Readonly<Record<string, string>>,
  about: Omit<Reference, 'entries'>,
): ReferencePage {
  const surface = readSurface(`${ROOT}/${folder}`, Object.values(entries));
  const named = new Map(
    Object.entries(entries).map(([name, file]) => [name, surface.get(file) ?? []]),
  );
  const described = [...named.values()].flat().filter((one) => about.elsewhere?.test(one) !== true);
  return { path, exported: described, text: referencePage({ ...about, entries: named }) };
}

export const referencePages = (): ReferencePage[] => [
  pageOf(
    'docs/consumer.md',
    'packages/consumer',
    { '@relay/consumer': 'src/index.ts' },
    {
      title: 'The consumer, name by name',
      intro: `The runtime of workers that talk to Redis themselves. What becomes of a job, and how it works inside, is told in [its
README](../packages/consumer/README.md); this page has every name that the package exports. Times are in ms unless a
name says otherwise, and options out of their range are refused with an \`OptionsError\` that names them.`,
    },
  ),
  pageOf(
    'docs/sdk.md',
    'packages/sdk',
    {
      '@relay/sdk': 'src/index.ts',
      '@relay/sdk/schedules': 'src/schedules.ts',
      '@relay/sdk/testing': 'src/testing/index.ts',
    },
    {
      title: 'The SDK, name by name',
      intro: `The client of the HTTP API. How it is used is told in [its README](../packages/sdk/README.md); this page has every
name that the package exports. Times are in ms unless a name says otherwise, and options that are unknown or out of
their range are refused with an \`OptionsError\` that names them.`,
      elsewhere: {
        test: ({ file }) => file.startsWith('src/generated/'),
        text: 'Types of what is sent and answered, drawn from the contract and described in [the HTTP API](http-api.md):',
      },
    },
  ),
  pageOf(
    'docs/tracing.md',
    'packages/tracing',
    { '@relay/tracing': 'src/index.ts' },
    {
      title: 'Tracing, name by name',
      intro: `Spans of OpenTelemetry around what producers send and what workers run. How it is used is told in [its
README](../packages/tracing/README.md).`,
    },
  ),
];
