import { type Permission, ROUTES, type RouteDescriptor } from '@relay/contract';

const HARMLESS: readonly unknown[] = ['cancel', 'retry', 'promote'];

/**
 * What a request needs: its route's permission in the contract, and for an action on many jobs what
 * the action is. Whatever is not understood counts as the worst; the gateway refuses it anyway.
 */
export function permissionsOf(route: RouteDescriptor, body: ArrayBuffer | undefined): Permission[] {
  const needed = route.permission === null ? [] : [route.permission];
  if (route !== ROUTES.actOnJobs || HARMLESS.includes(actionOf(body))) return needed;
  return [...needed, 'jobs.delete'];
}

function actionOf(body: ArrayBuffer | undefined): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return (JSON.parse(text) as { readonly action?: unknown }).action;
  } catch {
    return undefined;
  }
}
