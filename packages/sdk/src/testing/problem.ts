import type { ItemProblem, ProblemError } from '../generated/contract.ts';
import { PROBLEMS } from './generated/routes.ts';

/** A refusal, as the gateway would word it. */
export class FakeProblem extends Error {
  readonly slug: string;
  readonly errors: readonly ProblemError[] | undefined;

  constructor(slug: string, detail: string, errors?: readonly ProblemError[]) {
    super(detail);
    this.name = 'FakeProblem';
    this.slug = slug;
    this.errors = errors;
  }

  get status(): number {
    return PROBLEMS[this.slug]?.status ?? 500;
  }

  toItem(): ItemProblem {
    return {
      type: `https://relay.dev/problems/${this.slug}`,
      title: PROBLEMS[this.slug]?.title ?? this.slug,
      status: this.status,
      detail: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}

export function invalid(errors: readonly ProblemError[]): FakeProblem {
  return new FakeProblem('validation', 'The request is invalid', errors);
}
