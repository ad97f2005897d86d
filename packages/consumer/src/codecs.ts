import { CodecError, OptionsError } from './errors.ts';
import { boundedJson } from './json.ts';

/** Header of a job that names the codecs of its payload, in the order in which they were applied. */
export const CODEC_HEADER = 'relay-codec';

/**
 * Turns the text of a payload into another text and back, for instance compressed or encrypted. The
 * same codec must be given to producers and workers.
 */
export interface PayloadCodec {
  /** In the job's headers: letters, digits, dots, dashes or underscores. Never change its meaning. */
  readonly name: string;
  /** Returns what is stored instead of `text`. */
  encode(text: string): string;
  /**
   * The text that `encode` was given. May throw anything when it was not `encode` that made this one: the
   * attempt then fails with a {@link CodecError}.
   */
  decode(text: string): string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Payload and header of a job, encoded: for whatever enqueues it. The payload is again JSON (a
 * string), so that everything on its way treats it like any other.
 *
 * Encode a request once, and send that again when it must be repeated: an encryption gives another
 * text each time, which an idempotency key rightly calls another request.
 *
 * @example
 * ```ts
 * const codecs = [gzipCodec(), aesGcmCodec({ keys: { k1: key }, current: 'k1' })];
 * await broker.enqueue('emails', { type: 'welcome', ...encodePayload({ to }, codecs) });
 * ```
 */
export function encodePayload(
  value: unknown,
  codecs: readonly PayloadCodec[],
): { readonly payload: string; readonly headers: Readonly<Record<string, string>> } {
  const json = boundedJson(value, Number.POSITIVE_INFINITY);
  if ('why' in json) throw new CodecError(`the payload ${json.why}`);
  const { text } = json;
  if (codecs.length === 0) return { payload: text, headers: {} };
  const encoded = codecs.reduce((rest, codec) => codec.encode(rest), text);
  const names = codecs.map(({ name }) => name).join(',');
  return { payload: JSON.stringify(encoded), headers: { [CODEC_HEADER]: names } };
}

/**
 * The other way round: the value of a payload as it is stored, whether or not it was encoded.
 *
 * @throws {CodecError} for one that cannot be decoded; SyntaxError for one that is not JSON.
 */
export function decodePayload(
  job: {
    readonly id: string;
    readonly payload: string;
    readonly headers: Readonly<Record<string, string>>;
  },
  codecs: readonly PayloadCodec[],
): unknown {
  const names = job.headers[CODEC_HEADER];
  if (names === undefined) return JSON.parse(job.payload);
  return JSON.parse(new Codecs(codecs).decode(job.id, job.payload, names));
}

/** The codecs that a worker knows. */
export class Codecs {
  readonly #byName = new Map<string, PayloadCodec>();

  /** @throws {OptionsError} */
  constructor(codecs: readonly PayloadCodec[]) {
    for (const codec of codecs) {
      if (!NAME.test(codec.name)) {
        throw new OptionsError(`${JSON.stringify(codec.name)} is no name for a codec`);
      }
      if (this.#byName.has(codec.name)) {
        throw new OptionsError(`there are two codecs named ${codec.name}`);
      }
      this.#byName.set(codec.name, codec);
    }
  }

  /** The error of a job whose codecs this worker does not know; null when it knows them all. */
  refusal(id: string, names: string): CodecError | null {
    const unknown = names.split(',').filter((name) => !this.#byName.has(name));
    if (unknown.length === 0) return null;
    const known = [...this.#byName.keys()].join(', ') || 'none';
    return new CodecError(
      `the payload of job ${id} is encoded with ${unknown.join(', ')}, which this worker does not know (it knows: ${known}): add it to its codecs`,
    );
  }

  /** The JSON text that was encoded. @throws {CodecError} */
  decode(id: string, payload: string, names: string): string {
    const refusal = this.refusal(id, names);
    if (refusal !== null) throw refusal;
    try {
      const text: unknown = JSON.parse(payload);
      if (typeof text !== 'string') throw new Error('it is not a JSON string');
      return names
        .split(',')
        .reduceRight((rest, name) => this.#byName.get(name)?.decode(rest) ?? rest, text);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CodecError(`the payload of job ${id} cannot be decoded (${names}): ${why}`, {
        cause,
      });
    }
  }
}
