import type { KubeObject, Workload } from '../objects.ts';

/** One rendered overlay, component or chart. */
export interface Rendered {
  /** For messages, for instance `overlays/production`. */
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly workloads: readonly Workload[];
  /** Where people depend on it: images have versions, every workload a budget. */
  readonly production: boolean;
}

/** A rule looks at all objects of a render at once and says what is wrong, an entry each. */
export interface Rule {
  readonly name: string;
  readonly check: (rendered: Rendered) => string[];
}

/** The service of a workload: the name of its container is that of the folder in `apps/`. */
export function serviceOf({ pod }: Workload): string {
  return pod.containers[0]?.name ?? '';
}
