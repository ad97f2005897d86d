import type { KubeObject } from '../../src/check/objects.ts';
import { allRenders } from '../../src/check/run.ts';

const renders = allRenders();

/** The objects of one of them, by its name. */
export function renderOf(name: string): readonly KubeObject[] {
  return renders.find((one) => one.name === name)!.objects;
}
