/*
 * JSON as text. Parsing it would round big integers and put fields into another order; what an
 * operator looks at, or sends back, has to be what is stored.
 */

/** A text that was cut may end inside a string. */
export const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Stands where a value is not for everybody's eyes. */
export const REDACTED = '"[redacted]"';

/** The fields of the object that `text` is, each as it stands there. */
export function rawFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let depth = 0;
  let key: string | undefined;
  let start = -1;
  let last = '';
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    if (depth === 1 && token === ':' && key === undefined) {
      key = JSON.parse(last) as string;
      start = match.index + 1;
    } else if (depth === 1 && (token === ',' || token === '}') && key !== undefined) {
      fields.set(key, text.slice(start, match.index).trim());
      key = undefined;
    }
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    last = token;
  }
  return fields;
}

/** The same JSON with a field a line; nothing else is changed. */
export function indented(text: string): string {
  let depth = 0;
  let last = '';
  const parts: string[] = [];
  const line = () => parts.push(`\n${'  '.repeat(depth)}`);
  for (const [token] of text.matchAll(TOKEN)) {
    const closes = token === '}' || token === ']';
    const opened = last === '{' || last === '[';
    if (closes) depth -= 1;
    if (closes ? !opened : opened || last === ',') line();
    parts.push(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth += 1;
    last = token;
  }
  return parts.join('');
}

/** What is wrong with a text as JSON; undefined: nothing. */
export function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
