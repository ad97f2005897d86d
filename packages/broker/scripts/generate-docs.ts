// Writes the parts of docs/broker.md that the sources tell: the keys, what each script promises, and the pieces that
// the scripts share. `npm run docs` in this package brings them up to date; a test fails while they are not.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadScripts, type Script } from '../src/scripts.ts';

const PAGE = fileURLToPath(new URL('../../../docs/broker.md', import.meta.url));
const KEYS = new URL('../src/keys.ts', import.meta.url);
const PIECES = new URL('../lua/lib/', import.meta.url);

/** The parts of the page by the name in their markers: `<!-- generated: name -->` … `<!-- end: name -->`. */
const PARTS: Readonly<Record<string, () => string>> = {
  keys: keyTable,
  scripts: () => [...loadScripts().values()].map(scriptSection).join('\n\n'),
  pieces: pieceTable,
};

/** One line of text as it may stand in a cell of a table. What is between backticks stays as it is. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replaceAll('|', '\\|')
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('*', '\\*'),
    )
    .join('');
}

/** From the comments of `keys.ts`: "/** ZSET: id → … *\/" above each function. */
function keyTable(): string {
  const source = readFileSync(KEYS, 'utf8');
  const ofQueue = [...source.matchAll(/\/\*\* ([\w ]+?): (.+?) \*\/\n {2}(\w+): key\('(.+?)'\)/g)];
  const others = [
    ...source.matchAll(
      /\/\*\*\s(.+?)\s\*\/\nexport function \w+\([^)]*\): string \{\n {2}return `(.+?)`/g,
    ),
  ];
  const rows = ofQueue.map(([, type = '', holds = '', , suffix = '']) => [
    `relay:{queue}:${suffix}`,
    type,
    holds,
  ]);
  for (const [, comment = '', template = ''] of others) {
    const [type = '', holds = ''] =
      /^(.+?)(?:: | of | on which )(.*)$/.exec(comment)?.slice(1) ?? [];
    const name = template.replace(/\$\{(\w+)\}/g, (_, word: string) => NAMES[word] ?? `<${word}>`);
    rows.push([name, type, holds]);
  }
  const lines = rows.map(
    ([name = '', type = '', holds = '']) => `| \`${name}\` | ${cell(type)} | ${cell(holds)} |`,
  );
  return ['| key | type | holds |', '|---|---|---|', ...lines].join('\n');
}

/** How the parameters of the functions in `keys.ts` read in a key. */
const NAMES: Readonly<Record<string, string>> = {
  namespace: 'relay',
  queue: 'queue',
  keyHash: '<hash of key>',
};

/** The fields of a header, in order: "Name: text", going on in indented lines. */
function fieldsOf(header: string): (readonly [name: string, text: string])[] {
  return header
    .split(/\n(?! )/)
    .map((field) => /^([^:]+): ([\s\S]*)$/.exec(field))
    .map((match) => [match?.[1] ?? '', match?.[2] ?? ''] as const);
}

function scriptSection({ name, header, keys, flags }: Script): string {
  const fields = fieldsOf(header);
  const purpose = fields.find(([field]) => field === 'Purpose')?.[1] ?? '';
  const rows = [
    ['KEYS', keys.map((key) => `\`${key}\``).join(' ')],
    ...fields
      .filter(([field]) => field !== 'Purpose')
      .map(([field, text]) => [cell(field), cell(text)]),
    ['Flags', flags.length === 0 ? 'none: refused when Redis is full' : `\`${flags.join(' ')}\``],
  ];
  const text = cell(purpose);
  return [
    `### \`${name}\``,
    '',
    text.charAt(0).toUpperCase() + text.slice(1),
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([field, value]) => `| ${field} | ${value} |`),
  ].join('\n');
}

/** The first comment of each file in `lua/lib`. */
function pieceTable(): string {
  const rows = readdirSync(PIECES)
    .filter((file) => file.endsWith('.lua'))
    .toSorted()
    .map((file) => {
      const comment = /^(?:-- ?[^@\n][^\n]*\n)+/.exec(
        readFileSync(new URL(file, PIECES), 'utf8'),
      )?.[0];
      // Indented lines are lists.
      const lines = (comment ?? '')
        .trimEnd()
        .replaceAll(/^-- ?/gm, '')
        .split(/\n(?= )|(?<=\n {2}.*)\n/);
      return `| \`${file.replace(/\.lua$/, '')}\` | ${lines.map(cell).join('<br>')} |`;
    });
  return ['| piece | |', '|---|---|', ...rows].join('\n');
}

/** The page with its generated parts as the sources have them now. */
export function withGeneratedParts(page: string): string {
  let text = page;
  for (const [name, generate] of Object.entries(PARTS)) {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/broker.md has no place for "${name}"`);
    text = `${text.slice(0, from + begin.length)}\n${generate()}\n${text.slice(to)}`;
  }
  return text;
}

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withGeneratedParts(readPage()));
}
