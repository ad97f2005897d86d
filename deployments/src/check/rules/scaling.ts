import { matches, ofKind, type Selector } from '../objects.ts';
import { MADE_BY_HAND } from '../secrets.ts';
import type { Rule } from './rule.ts';

interface Scaler {
  readonly id: string;
  readonly target: string;
  readonly least: number;
  readonly most: number;
}

interface AutoscalerSpec {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly fallback?: { readonly replicas: number };
  readonly triggers?: readonly Trigger[];
}

interface Trigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authenticationRef?: { readonly name: string };
}

function scalersOf(objects: Parameters<Rule['check']>[0]['objects']): Scaler[] {
  return ['HorizontalPodAutoscaler', 'ScaledObject'].flatMap((kind) =>
    ofKind<AutoscalerSpec>(objects, kind).map(({ name, spec }) => ({
      id: `${kind}/${name}`,
      target: spec.scaleTargetRef.name,
      least: spec.minReplicas ?? spec.minReplicaCount ?? 0,
      most: spec.maxReplicas ?? spec.maxReplicaCount ?? 0,
    })),
  );
}

const oneScaler: Rule = {
  name: 'scaling: one scaler a workload, which then sets no number of its own',
  check: ({ objects, workloads }) => {
    const scalers = scalersOf(objects);
    return [
      ...scalers.flatMap(({ id, target, least, most }) => {
        const workload = workloads.find(({ name }) => name === target);
        if (workload === undefined) return [`${id}: there is no ${target} to scale`];
        return [
          ...(workload.replicas === undefined
            ? []
            : [`${id}: ${target} sets replicas too, at each apply`]),
          ...(least <= most ? [] : [`${id}: its least is more than its most`]),
        ];
      }),
      ...scalers
        .filter(({ target }, i) => scalers.findIndex((one) => one.target === target) !== i)
        .map(({ id, target }) => `${id}: ${target} has another scaler already`),
      ...workloads
        .filter(
          ({ name, replicas }) =>
            replicas === undefined && !scalers.some((one) => one.target === name),
        )
        .map(({ name }) => `${name}: has no number of replicas, and nothing scales it`),
    ];
  },
};

const triggers: Rule = {
  name: 'KEDA: triggers have credentials and a fallback above the minimum, and a missing value is not zero',
  check: ({ objects }) =>
    ofKind<AutoscalerSpec>(objects, 'ScaledObject').flatMap(({ name, spec }) => [
      ...fallbackProblems(spec).map((problem) => `ScaledObject/${name}: ${problem}`),
      ...(spec.triggers ?? []).flatMap(({ type, metadata, authenticationRef }) => {
        if (type === 'prometheus') {
          return metadata['ignoreNullValues'] === 'false'
            ? []
            : [`ScaledObject/${name}: takes a missing figure for zero`];
        }
        const auth = ofKind<{ secretTargetRef: { name: string; key: string }[] }>(
          objects,
          'TriggerAuthentication',
        ).find((one) => one.name === authenticationRef?.name);
        const known = auth?.spec.secretTargetRef.every((one) =>
          MADE_BY_HAND[one.name]?.includes(one.key),
        );
        return known ? [] : [`ScaledObject/${name}: its credentials are not there`];
      }),
    ]),
};

/** KEDA scales to exactly `fallback.replicas`, so a fallback to the minimum takes workers away from a long queue. */
function fallbackProblems({ fallback, minReplicaCount = 0 }: AutoscalerSpec): string[] {
  if (fallback === undefined) return ['has no fallback'];
  return fallback.replicas > minReplicaCount
    ? []
    : ['falls back to its minimum while the length of the queue is unknown'];
}

const budgets: Rule = {
  name: 'disruption budgets: one a workload in production, and a node can be drained',
  check: ({ objects, workloads, production }) => {
    const all = ofKind<{
      selector: Selector;
      maxUnavailable?: number | string;
      minAvailable?: number | string;
    }>(objects, 'PodDisruptionBudget');
    return [
      ...all
        .filter(({ spec }) => !/^[1-9]\d*%?$/.test(String(spec.maxUnavailable ?? 0)))
        .map(({ name }) => `PodDisruptionBudget/${name}: lets no pod go`),
      ...workloads
        .filter(
          ({ labels }) => production && !all.some(({ spec }) => matches(spec.selector, labels)),
        )
        .map(({ name }) => `${name}: has no disruption budget`),
    ];
  },
};

const rollout: Rule = {
  name: 'rollouts: what serves requests or shares queues never has fewer pods',
  check: ({ workloads }) =>
    workloads
      .filter(({ object, name }) => object.kind === 'Deployment' && name !== 'relay-worker')
      .filter(({ object }) => {
        const { strategy } = object['spec'] as {
          strategy?: { rollingUpdate?: { maxUnavailable?: number } };
        };
        return strategy?.rollingUpdate?.maxUnavailable !== 0;
      })
      .map(({ name }) => `${name}: a rollout takes pods away before new ones are there`),
};

export const scalingRules: readonly Rule[] = [oneScaler, triggers, budgets, rollout];
