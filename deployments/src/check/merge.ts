/** The two kinds of patches that Kustomize applies, as far as our overlays use them. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

/** By which field the elements of a list are the same; a list that is not here is replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
};

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A strategic merge: maps deeply, known lists by their key, everything else replaced; null removes. */
export function strategicMerge(base: Json | undefined, patch: Json, field = ''): Json {
  const key = MERGE_KEYS[field];
  if (Array.isArray(patch) && Array.isArray(base) && key !== undefined) {
    return mergeLists(base, patch, key);
  }
  if (!isMap(patch) || !isMap(base)) return patch;
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) throw new Error(`the patch directive ${name} is not supported`);
    if (value === null) delete merged[name];
    else merged[name] = strategicMerge(merged[name], value, name);
  }
  return merged;
}

function mergeLists(base: readonly Json[], patch: readonly Json[], key: string): Json[] {
  const idOf = (item: Json): Json | undefined => (isMap(item) ? item[key] : item);
  const merged = [...base];
  for (const item of patch) {
    const at = merged.findIndex((other) => idOf(other) === idOf(item));
    if (at < 0) merged.push(item);
    else merged[at] = strategicMerge(merged[at], item);
  }
  return merged;
}

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** A JSON patch (RFC 6902): add, replace and remove. @throws for a path that is not there. */
export function jsonPatch(target: Json, operations: readonly PatchOperation[]): Json {
  const root = structuredClone<Json>(target);
  for (const operation of operations) apply(root, operation);
  return root;
}

function apply(root: Json, { op, path, value }: PatchOperation): void {
  const parts = path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = parts.pop() ?? '';
  let place: unknown = root;
  for (const part of parts) place = (place as Record<string, unknown> | undefined)?.[part];
  if (typeof place !== 'object' || place === null) throw new Error(`there is no ${path} to ${op}`);
  const holder = place as Record<string, unknown>;
  if (op !== 'add' && !(last in holder)) throw new Error(`there is no ${path} to ${op}`);
  if (op === 'remove') {
    if (Array.isArray(place)) place.splice(Number(last), 1);
    else delete holder[last];
  } else if (op === 'add' && Array.isArray(place)) {
    place.splice(last === '-' ? place.length : Number(last), 0, value);
  } else if (op === 'add' || op === 'replace') holder[last] = value;
  else throw new Error(`the operation ${op} is not supported`);
}
