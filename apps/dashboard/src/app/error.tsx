'use client';

import { ErrorState } from '../design/states.tsx';

export default function PageError({
  error,
  reset,
}: {
  readonly error: Error;
  readonly reset: () => void;
}) {
  return <ErrorState error={error} retry={reset} />;
}
