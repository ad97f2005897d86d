/** JSON text that is passed on byte for byte. The text is private, so that no logger prints it. */
export class RawJson {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }
}

/**
 * `JSON.stringify`, except that a {@link RawJson} is written as it is, at any depth. Only plain
 * objects, arrays and primitives may stand around it.
 */
export function stringifyJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) fields.push(`${JSON.stringify(name)}:${stringifyJson(field)}`);
  }
  return `{${fields.join(',')}}`;
}
