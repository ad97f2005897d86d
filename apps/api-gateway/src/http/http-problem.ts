import {
  type ItemProblem,
  PROBLEMS,
  type Problem,
  type ProblemError,
  type ProblemSlug,
  problemType,
} from '@relay/contract';

export interface HttpProblemOptions extends ErrorOptions {
  readonly errors?: readonly ProblemError[];
  /** More header fields of the answer, such as `Retry-After` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What metrics count it as. Defaults to the code. */
  readonly reason?: string;
}

/** An error answer on its way out. Its message is the problem's `detail`: never a secret, never a stack. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  /** Stable; the same as the end of the problem's `type`. */
  readonly code: ProblemSlug;
  readonly errors: readonly ProblemError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** What metrics count it as: the code, or the limit that was met. */
  readonly reason: string;

  constructor(code: ProblemSlug, detail: string, options: HttpProblemOptions = {}) {
    super(detail, options);
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.reason = options.reason ?? code;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** As it stands beside one item of a bulk request. */
  toItem(): ItemProblem {
    const { status, title } = PROBLEMS[this.code];
    return {
      type: problemType(this.code),
      title,
      status,
      detail: this.message,
      ...(this.errors === undefined ? {} : { errors: [...this.errors] }),
    };
  }

  /** As a whole answer. */
  toDocument(request: { instance: string; requestId: string }): Problem {
    return { ...this.toItem(), ...request };
  }
}
