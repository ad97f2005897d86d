import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type CallOptions, callText } from './api.ts';

export interface Action extends Omit<CallOptions, 'signal'> {
  readonly path: string;
}

/** Does something, and has everything that is shown read again. Resolves to the answer's text. */
export function useAction(onDone?: (answer: string, action: Action) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, ...options }: Action) => callText(path, { method: 'POST', ...options }),
    onSuccess: async (answer, action) => {
      onDone?.(answer, action);
      await client.invalidateQueries();
    },
  });
}

/** The operation that an answer has begun; undefined for one that has begun none. */
export function operationOf(answer: string): string | undefined {
  return (JSON.parse(answer) as { operationId?: string }).operationId;
}
