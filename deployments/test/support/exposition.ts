/** What a scrape says of one metric. */
export interface Exposed {
  readonly type: string;
  readonly series: readonly Readonly<Record<string, string>>[];
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus's text format; the series of a histogram are those of its name. */
export function parseExposition(text: string): ReadonlyMap<string, Exposed> {
  const found = new Map<string, { type: string; series: Record<string, string>[] }>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    found.set(name, { type, series: [] });
  }
  for (const [, full = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(\{.*\})? \S+$/gm)) {
    const metric = found.get(full) ?? found.get(full.replace(/_(bucket|sum|count)$/, ''));
    metric?.series.push(
      Object.fromEntries(
        [...labels.matchAll(LABEL)].map(([, key = '', value = '']) => [key, value]),
      ),
    );
  }
  return found;
}

/** Every name that a query may use: of a histogram also its parts. */
export function sampleNames(text: string): Set<string> {
  const names = [...text.matchAll(/^([a-z_]\w*)(?:\{.*\})? \S+$/gm)].map(([, name = '']) => name);
  return new Set(names);
}
