import { createHash } from 'node:crypto';
import { PROBLEMS, ROLE_PERMISSIONS } from '@relay/contract';
import { z } from 'zod';

const described = z.looseObject({
  description: z.string().optional(),
  content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional(),
});

const operation = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string().optional(),
  parameters: z.array(
    z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() }),
  ),
  requestBody: described.optional(),
  responses: z.record(z.string(), described),
});
type Operation = z.output<typeof operation>;

const document = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const STYLE = `
:root{color-scheme:light dark;--line:light-dark(#ddd,#444);--soft:light-dark(#f6f6f6,#1e1e1e)}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1rem}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.75rem;overflow-x:auto;border-radius:4px}
details{border:1px solid var(--line);border-radius:4px;margin:.4rem 0;padding:.3rem .75rem}
summary{cursor:pointer}
table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.2rem .6rem;text-align:left;vertical-align:top}
.method{display:inline-block;min-width:4.5rem;font-weight:600}
nav a{margin-right:1rem}
`;

/** The page at `/docs`, and the policy under which a browser shows it: it has no script at all. */
export interface DocsPage {
  readonly html: string;
  readonly policy: string;
}

/** A reference of the API, made of its OpenAPI document once; nothing is loaded from anywhere else. */
export function docsPage(openApi: unknown): DocsPage {
  const { info, tags, paths, components } = document.parse(openApi);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method, one })),
  );
  const sections = tags.map(({ name }) => {
    const own = all.filter(({ one }) => one.tags.includes(name));
    return `<section><h2 id="${html(name)}">${html(name)}</h2>${own
      .map(({ path, method, one }) => route(method, path, one))
      .join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${html(name)}"><summary><code>${html(name)}</code></summary>${json(schema)}</details>`,
  );
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${html(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${html(info.title)} API ${html(info.version)}</h1>
<p>${html(info.description)} The same for machines: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Parts">${[...tags.map(({ name }) => name), 'roles', 'problems', 'schemas']
    .map((name) => `<a href="#${html(name)}">${html(name)}</a>`)
    .join('')}</nav>
${sections.join('\n')}
<h2 id="roles">roles</h2>${table(
    ['role', 'may'],
    Object.entries(ROLE_PERMISSIONS).map(([role, permissions]) => [role, permissions.join(', ')]),
  )}
<h2 id="problems">problems</h2>${table(
    ['slug', 'status', 'title'],
    Object.entries(PROBLEMS).map(([slug, { status, title }]) => [slug, String(status), title]),
  )}
<h2 id="schemas">schemas</h2>${schemas.join('\n')}
</body></html>`;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return {
    html: page,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function route(method: string, path: string, one: Operation): string {
  const parameters =
    one.parameters.length === 0
      ? ''
      : table(
          ['parameter', 'in', 'required', 'schema'],
          one.parameters.map((parameter) => [
            parameter.name,
            parameter.in,
            parameter.required === true ? 'yes' : 'no',
            JSON.stringify(parameter.schema),
          ]),
        );
  const body = Object.values(one.requestBody?.content ?? {})
    .map(({ schema }) => `<h4>Body</h4>${json(schema)}`)
    .join('');
  const answers = Object.entries(one.responses)
    .map(([status, { description = '', content = {} }]) => {
      const schema = Number(status) < 400 ? Object.values(content)[0]?.schema : undefined;
      return `<p><strong>${html(status)}</strong> ${html(description)}</p>${schema === undefined ? '' : json(schema)}`;
    })
    .join('');
  return `<details id="${html(one.operationId)}"><summary><span class="method">${method.toUpperCase()}</span><code>${html(path)}</code> ${html(one.summary)}</summary>
<p>${html(one.description ?? 'For everybody, without a key.')}</p>${parameters}${body}<h4>Answers</h4>${answers}</details>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${html(text)}</th>`).join('');
  const lines = rows.map(
    (row) => `<tr>${row.map((text) => `<td>${html(text)}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>`;
}

/** Schemas that have a name are links. */
function json(value: unknown): string {
  const text = html(JSON.stringify(value, null, 2) ?? '');
  return `<pre>${text.replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    (_, name: string) => `<a href="#schema-${name}">${name}</a>`,
  )}</pre>`;
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
