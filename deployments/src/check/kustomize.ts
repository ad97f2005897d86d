import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { jsonPatch, type PatchOperation, strategicMerge } from './merge.ts';
import { idOf, type KubeObject, parseObjects } from './objects.ts';

interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: { readonly kind?: string; readonly name?: string };
}

interface Image {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly namespace?: string;
  readonly patches?: readonly Patch[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  readonly images?: readonly Image[];
}

const KNOWN = new Set([
  'apiVersion',
  'kind',
  'resources',
  'components',
  'namespace',
  'patches',
  'replicas',
  'images',
]);

/**
 * Renders a folder as `kustomize build` does, for the part of Kustomize that ours use: resources, components, patches,
 * namespace, replicas and images. Everything else is refused, so that a render is never half of one. It exists
 * because no registry of packages has the real one; `kept.ts` holds it against what that has made of the same files.
 *
 * @throws for a file that is missing, a field that is not known, and a patch that meets nothing.
 */
export function renderKustomization(directory: string): KubeObject[] {
  return build(resolve(directory), []);
}

function build(directory: string, inherited: readonly KubeObject[]): KubeObject[] {
  const file = join(directory, 'kustomization.yaml');
  const settings: Kustomization = parse(readFileSync(file, 'utf8'));
  const unknown = Object.keys(settings).filter((field) => !KNOWN.has(field));
  if (unknown.length > 0) throw new Error(`${file}: ${unknown.join(', ')} cannot be rendered here`);
  let objects = [...inherited];
  for (const resource of settings.resources ?? []) {
    objects.push(...load(join(directory, resource)));
  }
  // A component works on everything that was there before it.
  for (const component of settings.components ?? []) {
    objects = build(join(directory, component), objects);
  }
  for (const patch of settings.patches ?? []) objects = patchAll(objects, patch, file);
  return objects.map((object) => finish(object, settings));
}

function load(path: string): KubeObject[] {
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return statSync(path).isDirectory()
    ? build(path, [])
    : parseObjects(readFileSync(path, 'utf8'), path);
}

function patchAll(objects: readonly KubeObject[], patch: Patch, file: string): KubeObject[] {
  const text =
    patch.path === undefined ? patch.patch : readFileSync(join(dirname(file), patch.path), 'utf8');
  const content: unknown = parse(text ?? '');
  const body = content as KubeObject;
  const target = patch.target ?? { kind: body.kind, name: body.metadata.name };
  let met = 0;
  const patched = objects.map((object) => {
    if (target.kind !== object.kind || target.name !== object.metadata.name) return object;
    met++;
    const json = object as never;
    return (Array.isArray(content)
      ? jsonPatch(json, content as PatchOperation[])
      : strategicMerge(json, content as never)) as unknown as KubeObject;
  });
  if (met === 0) throw new Error(`${file}: a patch of ${target.kind}/${target.name} meets nothing`);
  return patched;
}

interface Mutable {
  metadata: Record<string, unknown>;
  spec?: { replicas?: number; template?: { spec: { containers: { image?: string }[] } } };
}

function finish(
  object: KubeObject,
  { namespace, replicas = [], images = [] }: Kustomization,
): KubeObject {
  const copy = structuredClone(object) as unknown as Mutable;
  if (namespace !== undefined) {
    if (object.kind === 'Namespace') copy.metadata['name'] = namespace;
    else copy.metadata['namespace'] = namespace;
  }
  const scaled = replicas.find(({ name }) => name === object.metadata.name);
  if (scaled !== undefined && /^(Deployment|StatefulSet)$/.test(object.kind) && copy.spec) {
    copy.spec.replicas = scaled.count;
  }
  for (const container of copy.spec?.template?.spec.containers ?? []) {
    container.image = renamed(container.image ?? '', images);
  }
  return copy as unknown as KubeObject;
}

function renamed(image: string, images: readonly Image[]): string {
  const [, name = '', tag] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  const rule = images.find((one) => one.name === name);
  if (rule === undefined) return image;
  const newTag = rule.newTag ?? tag;
  return `${rule.newName ?? name}${newTag === undefined ? '' : `:${newTag}`}`;
}

/** For comparisons: what was rendered, by kind and name. */
export function byId(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [idOf(object), object]));
}
