import type { Doc, Exported, Member } from './surface.ts';

/** What a page of reference is made of. */
export interface Reference {
  readonly title: string;
  /** Markdown between the title and the first section. */
  readonly intro: string;
  /** Name of an entry, as it is imported → what it exports. */
  readonly entries: ReadonlyMap<string, readonly Exported[]>;
  /** What is described elsewhere, and only named here. */
  readonly elsewhere?: { readonly test: (one: Exported) => boolean; readonly text: string };
}

const isOptions = ({ name, kind }: Exported): boolean =>
  kind === 'interface' && /(Options?|Settings|Hooks)$/.test(name);
const isEvents = ({ name, kind }: Exported): boolean =>
  kind === 'interface' && name.endsWith('Events');

/** In the order of the page. What fits none is a type. */
const SECTIONS: readonly [string, (one: Exported) => boolean][] = [
  ['Classes', ({ kind }) => kind === 'class'],
  ['Options', isOptions],
  ['Events', isEvents],
  ['Errors', ({ kind }) => kind === 'error'],
  ['Functions', ({ kind }) => kind === 'function'],
  ['Constants', ({ kind }) => kind === 'constant'],
  ['Types', () => true],
];

export function referencePage({ title, intro, entries, elsewhere }: Reference): string {
  const parts = [
    '<!-- Made by `npm run docs` from the sources: change those, not this page. -->',
    `# ${title}`,
    intro,
  ];
  // Errors are rows of a table: there is no heading to link to.
  const headed = [...entries.values()]
    .flat()
    .filter((one) => one.kind !== 'error' && elsewhere?.test(one) !== true);
  const names = new Set(headed.map(({ name }) => name));
  for (const [entry, exported] of entries) {
    const here = exported.filter((one) => elsewhere?.test(one) !== true);
    parts.push(`## \`${entry}\``, ...sections(here, names));
    const other = exported.filter((one) => !here.includes(one));
    if (elsewhere && other.length > 0) {
      const list = other
        .map(({ name }) => `\`${name}\``)
        .toSorted()
        .join(', ');
      parts.push(`${elsewhere.text}\n${list}.`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

function sections(exported: readonly Exported[], names: ReadonlySet<string>): string[] {
  const left = new Set(exported);
  return SECTIONS.flatMap(([heading, test]) => {
    const mine = [...left].filter(test);
    for (const one of mine) left.delete(one);
    if (mine.length === 0) return [];
    const body =
      heading === 'Errors' ? [errorTable(mine, names)] : mine.map((one) => entryOf(one, names));
    return [`### ${heading}`, ...body];
  });
}

function entryOf(one: Exported, names: ReadonlySet<string>): string {
  const parts = [`#### \`${one.name}\``];
  if (one.doc.text !== '') parts.push(prose(one.doc, names));
  if (one.members.length === 0) parts.push(...one.signatures.map((text) => inline(text)));
  const inherited = one.extends === '' ? '' : `Has what ${inline(one.extends)} has too.`;
  if (inherited !== '') parts.push(inherited);
  if (one.members.length > 0) parts.push(memberTable(one, names));
  return parts.join('\n\n');
}

function memberTable(one: Exported, names: ReadonlySet<string>): string {
  if (isOptions(one)) {
    const rows = one.members.map((member) => {
      const { preset, rest } = defaultOf(member);
      return [
        inline(member.name),
        inline(member.type),
        prose({ text: preset, params: [], throws: [] }, names),
        prose({ ...member.doc, text: rest }, names),
      ];
    });
    return table(['option', 'type', 'default', 'meaning'], rows);
  }
  const isCall = ({ kind }: Member): boolean => kind !== 'property';
  const rows = one.members.map((member) => [
    inline(
      isCall(member)
        ? `${member.name === 'new' ? `new ${one.name}` : member.name}${member.type}`
        : `${member.name}${member.optional ? '?' : ''}: ${member.type}`,
    ),
    prose(member.doc, names),
  ]);
  return table([isEvents(one) ? 'event, and its argument' : 'member', 'meaning'], rows);
}

function errorTable(errors: readonly Exported[], names: ReadonlySet<string>): string {
  const rows = errors.map(({ name, code, doc, extends: base, members }) => {
    const more = members.filter(
      (member) => !['code', 'name', 'new'].includes(member.name) && !member.name.startsWith('['),
    );
    const has = more.map((member) =>
      `${inline(`${member.name}: ${member.type}`)} ${prose(member.doc, names)}`.trim(),
    );
    return [
      inline(name),
      code === '' ? '' : inline(code),
      inline(base),
      [prose(doc, names), ...has].join(' ').trim(),
    ];
  });
  return table(['class', '`code`', 'is a', 'meaning'], rows);
}

/** `Defaults to 10.` is a column of its own; `Defaults to none: then …` stays in the text too. */
function defaultOf({ optional, doc }: Member): { preset: string; rest: string } {
  const text = doc.text.replaceAll(/\s+/g, ' ');
  const found = /(?:^|[.;,] ?)(?: ?)(defaults to ([^.:]+)(:[^.]*)?\.)(?= |$)/i.exec(text);
  const [, sentence = '', preset = '', reason] = found ?? [];
  if (found === null) return { preset: optional ? '' : 'required', rest: text };
  if (reason !== undefined) return { preset, rest: text };
  const rest = text.replace(sentence, '').replace(/, $/, '.').trim();
  return { preset, rest };
}

/** What pino calls its own methods needs no word of ours. */
const SELF_EVIDENT = new Set(['Logger']);

/** What has no word of explanation: a name that is exported, an option, an event, a method, an error. */
export function undocumented(exported: readonly Exported[]): string[] {
  return exported
    .filter(({ name }) => !SELF_EVIDENT.has(name))
    .flatMap((one) => {
      const own = one.doc.text === '' ? [one.name] : [];
      const members = one.members.filter(
        (member) =>
          member.doc.text === '' &&
          (member.kind === 'method' || member.optional || isOptions(one) || isEvents(one)) &&
          !member.name.startsWith('['),
      );
      return [...own, ...members.map(({ name }) => `${one.name}.${name}`)];
    });
}

/** Options that may be left out, without a word of what is then. */
export function withoutDefault(exported: readonly Exported[]): string[] {
  return exported
    .filter(isOptions)
    .flatMap((one) =>
      one.members
        .filter((member) => member.optional && !/default/i.test(member.doc.text))
        .map(({ name }) => `${one.name}.${name}`),
    );
}

function prose({ text, params, throws }: Doc, names: ReadonlySet<string>): string {
  const link = (_: string, to: string): string => {
    const target = to.trim();
    const [owner = ''] = target.split('.');
    return names.has(owner) ? `[\`${target}\`](#${owner.toLowerCase()})` : `\`${target}\``;
  };
  const told = [
    text,
    ...params
      .map((param) => /^(\S+) ([\s\S]*)$/.exec(param))
      .map((found) => (found ? `\`${found[1]}\`: ${found[2]}` : '')),
    ...throws.map(thrown),
  ];
  return told
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll(/\{@link ([^}|]+?)(?: \| [^}]*)?\}/g, link)
    .replaceAll(/\s+/g, ' ');
}

/** `{X} when …` reads on, `{X} a payload that …` wants a colon. */
function thrown(tag: string): string {
  const [, name = '', rest = ''] = /^\{?(\w+)\}?\s*([\s\S]*)$/.exec(tag) ?? [];
  const colon = rest === '' || /^(when|for|where|what|naming)\b/.test(rest) ? '' : ':';
  const error = /^[A-Z]\w*Error$/.test(name) ? `\`${name}\`` : name;
  return `Throws ${error}${colon} ${rest}`.trim().replace(/\.?$/, '.');
}

const inline = (code: string): string => `\`${code.replaceAll(/\s+/g, ' ').trim()}\``;

/** Bars in a cell would be borders, in code too. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
