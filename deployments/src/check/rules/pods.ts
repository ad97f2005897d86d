import type { Container, Workload } from '../objects.ts';
import { type Rule, serviceOf } from './rule.ts';

/** Applies a check to every container of every workload. */
function eachContainer(
  check: (container: Container, workload: Workload) => (string | false | undefined)[],
): Rule['check'] {
  return ({ workloads }) =>
    workloads.flatMap((workload) =>
      workload.pod.containers.flatMap((container) =>
        check(container, workload)
          .filter((problem) => typeof problem === 'string')
          .map((problem) => `${workload.name}/${container.name}: ${problem}`),
      ),
    );
}

const isOurs = (workload: Workload): boolean => workload.name.startsWith('relay-');

const probes: Rule = {
  name: 'probes: a start, a liveness without Redis, a readiness with it',
  check: eachContainer((container, workload) => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const ports = (container.ports ?? []).flatMap(({ name, containerPort }) => [
      name,
      containerPort,
    ]);
    const all = [startupProbe, livenessProbe, readinessProbe];
    return [
      ...all.map((probe, i) => {
        const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
        const which = ['startup', 'liveness', 'readiness'][i];
        if (port === undefined) return `has no ${which} probe`;
        return !ports.includes(port) && `its ${which} probe asks port ${port}, which it has not`;
      }),
      isOurs(workload) && livenessProbe?.httpGet?.path !== '/livez' && 'its liveness is not /livez',
      isOurs(workload) && startupProbe?.httpGet?.path !== '/livez' && 'its start is not /livez',
      isOurs(workload) &&
        readinessProbe?.httpGet?.path !== '/readyz' &&
        'its readiness is not /readyz',
    ];
  }),
};

/** `512Mi` → bytes, `250m` → cores. */
function quantity(text: string | number | undefined): number {
  const [, digits = '', unit = ''] = /^([\d.]+)(m|Ki|Mi|Gi|k|M|G)?$/.exec(String(text)) ?? [];
  const factors: Record<string, number> = {
    m: 1e-3,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    k: 1e3,
    M: 1e6,
    G: 1e9,
  };
  return digits === '' ? Number.NaN : Number(digits) * (factors[unit] ?? 1);
}

const resources: Rule = {
  name: 'resources: requests, a memory limit, no CPU limit',
  check: eachContainer(({ resources: { requests = {}, limits = {} } = {} }) => [
    !(quantity(requests['cpu']) > 0) && 'requests no CPU',
    !(quantity(requests['memory']) > 0) && 'requests no memory',
    !(quantity(limits['memory']) >= quantity(requests['memory'])) &&
      'its memory has no limit, or one below its request',
    limits['cpu'] !== undefined && 'has a CPU limit: a throttled process loses its leases',
  ]),
};

const variables: Rule = {
  name: 'variables: each once',
  check: eachContainer(({ env = [] }) =>
    env.map(
      ({ name }, i) =>
        env.findIndex((one) => one.name === name) !== i &&
        `is told ${name} twice: which of them counts is for Kubernetes to guess`,
    ),
  ),
};

const security: Rule = {
  name: 'security: what the restricted standard asks, and a read-only root',
  check: (rendered) => [
    ...rendered.workloads.flatMap(({ name, pod }) => {
      const { securityContext: context = {} } = pod;
      const problems = [
        context.runAsNonRoot !== true && 'may run as root',
        !((context.runAsUser ?? 0) > 0) && 'names no user',
        context.seccompProfile?.type !== 'RuntimeDefault' && 'has no seccomp profile',
        pod.automountServiceAccountToken !== false && 'gets a token of the API server',
        pod.enableServiceLinks !== false && 'gets a variable for each Service',
        (pod.hostNetwork || pod.hostPID || pod.hostIPC) && 'shares a name space of its node',
        pod.volumes?.some((volume) => volume.hostPath !== undefined) && 'mounts a path of its node',
      ];
      return problems.filter((one) => typeof one === 'string').map((one) => `${name}: ${one}`);
    }),
    ...eachContainer(({ securityContext: context = {} }) => [
      context.allowPrivilegeEscalation !== false && 'may gain privileges',
      context.readOnlyRootFilesystem !== true && 'may write to its image',
      !context.capabilities?.drop?.includes('ALL') && 'keeps capabilities',
      (context.capabilities?.add?.length ?? 0) > 0 && 'adds capabilities',
      (context.privileged === true || context.runAsUser === 0) && 'is privileged',
    ])(rendered),
  ],
};

/** What a service takes to end besides its preStop, in s, where no variable says it: see its `main.ts`. */
const DRAIN_S: Readonly<Record<string, number>> = {
  'api-gateway': 12,
  'reaper-promoter': 5,
  dashboard: 0,
  redis: 0,
};

function drainSeconds(workload: Workload): number {
  const service = serviceOf(workload);
  if (service !== 'worker') return DRAIN_S[service] ?? Number.NaN;
  const env = workload.pod.containers[0]?.env ?? [];
  return Number(env.find(({ name }) => name === 'RELAY_DRAIN_MS')?.value) / 1_000;
}

const grace: Rule = {
  name: 'grace period: at least preStop, drain and 10 s',
  check: ({ workloads }) =>
    workloads.flatMap((workload) => {
      const preStop = workload.pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
      const needed = preStop + drainSeconds(workload) + 10;
      const given = workload.pod.terminationGracePeriodSeconds ?? 30;
      return given >= needed
        ? []
        : [
            `${workload.name}: ${given} s are not enough for ${preStop} s preStop, its drain and 10 s (${needed} s)`,
          ];
    }),
};

const leases: Rule = {
  name: 'leases: long enough for the heartbeats of a worker',
  check: eachContainer(({ name, env = [] }) => {
    const lease = Number(env.find((one) => one.name === 'RELAY_LEASE_MS')?.value ?? 30_000);
    return [name === 'worker' && !(lease >= 3_000) && `a lease of ${lease} ms is lost by a pause`];
  }),
};

const images: Rule = {
  name: 'images: a version each, in production',
  check: (rendered) =>
    eachContainer(({ image = '' }) => {
      const tag = /:([^:/]+)$/.exec(image)?.[1];
      if (!rendered.production) return [image === '' && 'has no image'];
      return [
        (tag === undefined || ['latest', 'dev', 'main'].includes(tag)) &&
          `${image} is not always the same image`,
      ];
    })(rendered),
};

const spread: Rule = {
  name: 'spread: over zones and nodes',
  check: ({ workloads }) =>
    workloads.filter(isOurs).flatMap(({ name, pod, labels }) => {
      const { topologySpreadConstraints: constraints = [] } = pod;
      const own = constraints.every(({ labelSelector }) =>
        Object.entries(labelSelector?.matchLabels ?? {}).every(
          ([key, value]) => labels[key] === value,
        ),
      );
      return constraints.length >= 2 && own ? [] : [`${name}: is not spread over zones and nodes`];
    }),
};

export const podRules: readonly Rule[] = [
  probes,
  resources,
  variables,
  security,
  grace,
  leases,
  images,
  spread,
];
