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
      title: 'Consumer reference',
      intro: `The runtime of workers that talk to Redis directly. [Its README](../packages/consumer/README.md) explains what happens to a
job, and how it works inside; this page lists everything the package exports. Times are in ms unless stated otherwise. Options
out of range are rejected with an \`OptionsError\` that names them.`,
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
      title: 'SDK reference',
      intro: `The HTTP API client. [Its README](../packages/sdk/README.md) shows how to use it; this page lists everything the package
exports. Times are in ms unless stated otherwise. Unknown options, and options out of range, are rejected with an
\`OptionsError\` that names them.`,
      elsewhere: {
        test: ({ file }) => file.startsWith('src/generated/'),
        text: 'Types of requests and responses, generated from the contract and described in [the HTTP API](http-api.md):',
      },
    },
  ),
  pageOf(
    'docs/tracing.md',
    'packages/tracing',
    { '@relay/tracing': 'src/index.ts' },
    {
      title: 'Tracing reference',
      intro: `OpenTelemetry spans for enqueueing and running jobs. [Its README](../packages/tracing/README.md) shows how to use it.`,
    },
  ),
];
