import type { Overview } from '@relay/contract';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { findings } from './verdict.ts';

/** The answer to "is everything all right?", in one line. */
export function Verdict({ overview }: { readonly overview: Overview }) {
  const found = findings(overview);
  const bad = found.some(({ severity }) => severity === 'bad');
  const Icon = found.length === 0 ? CircleCheck : bad ? CircleAlert : TriangleAlert;
  const look =
    found.length === 0
      ? 'border-good/25 bg-good-soft text-good'
      : bad
        ? 'border-bad/25 bg-bad-soft text-bad'
        : 'border-warn/25 bg-warn-soft text-warn';
  return (
    <div
      className={`flex items-start gap-3 rounded-xl border px-4 py-3.5 ${look}`}
      data-testid="verdict"
    >
      <Icon aria-hidden className="mt-px size-4.5 shrink-0" />
      <p className="text-[13px]">
        <strong className="font-semibold">
          {found.length === 0 ? 'All is well.' : bad ? 'Action needed.' : 'Worth a look.'}
        </strong>{' '}
        {found.length === 0
          ? 'Jobs are processed as they arrive, and nothing needs your attention.'
          : sentence(found.map(({ text }) => text))}
      </p>
    </div>
  );
}

function sentence(parts: readonly string[]): string {
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
