import { idOf, matches, ofKind, type Selector, type Workload } from '../objects.ts';
import { MADE_BY_HAND } from '../secrets.ts';
import type { Rendered, Rule } from './rule.ts';

const unique: Rule = {
  name: 'names: no object twice',
  check: ({ objects }) => {
    const ids = objects.map((object) => `${object.metadata.namespace ?? ''} ${idOf(object)}`);
    return ids
      .filter((id, i) => ids.indexOf(id) !== i)
      .map((id) => `there are two of ${id.trim()}`);
  },
};

const labels: Rule = {
  name: 'labels: name and part-of on every object and pod',
  check: ({ objects, workloads }) => [
    ...objects
      .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] !== 'relay')
      .map((object) => `${idOf(object)}: is not labelled as part of relay`),
    ...workloads
      .filter(
        ({ labels: own }) =>
          own['app.kubernetes.io/part-of'] !== 'relay' || !own['app.kubernetes.io/name'],
      )
      .map(({ name }) => `${name}: its pods have no name and part-of`),
  ],
};

interface Selecting {
  readonly selector?: Selector | Readonly<Record<string, string>>;
  readonly podSelector?: Selector;
}

/** A Service has plain labels, everything else a selector. */
function selectorOf(kind: string, spec: Selecting): Selector {
  if (kind === 'Service') return { matchLabels: spec.selector as Readonly<Record<string, string>> };
  return (
    (kind === 'NetworkPolicy' ? spec.podSelector : (spec.selector as Selector | undefined)) ?? {}
  );
}

const selectors: Rule = {
  name: 'selectors: each finds pods, a workload its own alone',
  check: ({ objects, workloads }) => [
    ...workloads
      .filter(({ selector, labels: own }) => !matches(selector, own))
      .map(({ name }) => `${name}: does not select its own pods`),
    ...workloads.flatMap(({ name, selector }) =>
      workloads
        .filter((other) => other.name !== name && matches(selector, other.labels))
        .map((other) => `${name}: selects the pods of ${other.name} too`),
    ),
    ...['Service', 'PodDisruptionBudget', 'PodMonitor', 'NetworkPolicy'].flatMap((kind) =>
      ofKind<Selecting>(objects, kind)
        .filter(({ spec }) => !workloads.some((one) => matches(selectorOf(kind, spec), one.labels)))
        .map(({ name }) => `${kind}/${name}: selects no pod`),
    ),
  ],
};

const volumes: Rule = {
  name: 'volumes: each is mounted, each mount has one, each is there',
  check: ({ workloads }) =>
    workloads.flatMap(({ name, pod, object }) => {
      const claims =
        (object['spec'] as { volumeClaimTemplates?: { metadata: { name: string } }[] })
          .volumeClaimTemplates ?? [];
      const there = new Set([
        ...(pod.volumes ?? []).map((one) => one.name),
        ...claims.map((one) => one.metadata.name),
      ]);
      const used = new Set(
        pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map((one) => one.name)),
      );
      return [
        ...[...used]
          .filter((one) => !there.has(one))
          .map((one) => `${name}: mounts ${one}, which it has not`),
        ...[...there]
          .filter((one) => !used.has(one))
          .map((one) => `${name}: mounts its volume ${one} nowhere`),
        ...(pod.volumes ?? []).flatMap(({ secret, configMap }) => {
          const wanted = secret?.secretName ?? configMap?.name;
          return wanted !== undefined && MADE_BY_HAND[wanted] === undefined
            ? [
                `${name}: ${wanted} is neither in the manifests nor among what the README has made by hand`,
              ]
            : [];
        }),
      ];
    }),
};

/** Variables that name a file, and the file is one of a Secret that is mounted there. */
const secretFiles: Rule = {
  name: 'secrets: as files of a Secret that the README makes, never as values',
  check: ({ workloads }) =>
    workloads.flatMap(({ name, pod }) =>
      pod.containers.flatMap(({ env = [], volumeMounts = [] }) =>
        env.flatMap(({ name: variable, value = '' }) => {
          if (/^(REDIS_URL|RELAY_API_KEYS?)$/.test(variable) && value !== '') {
            return [
              `${name}: ${variable} is a secret: name a file of a Secret in ${variable}_FILE`,
            ];
          }
          if (!/(_FILE|_CERTS)$/.test(variable)) return [];
          const mount = volumeMounts.find(({ mountPath }) => value.startsWith(`${mountPath}/`));
          const volume = pod.volumes?.find((one) => one.name === mount?.name);
          const source = volume?.secret?.secretName ?? volume?.configMap?.name ?? '';
          const key = value.slice((mount?.mountPath.length ?? 0) + 1);
          return MADE_BY_HAND[source]?.includes(key)
            ? []
            : [`${name}: ${variable}=${value} is no file of a Secret that is mounted there`];
        }),
      ),
    ),
};

const accounts: Rule = {
  name: 'service accounts: one a workload, which is there',
  check: ({ objects, workloads }) => {
    const there = new Set(ofKind(objects, 'ServiceAccount').map(({ name }) => name));
    return workloads
      .filter(({ pod }) => !there.has(pod.serviceAccountName ?? ''))
      .map(({ name, pod }) => `${name}: there is no service account ${pod.serviceAccountName}`);
  },
};

interface ServiceSpec {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly targetPort: string | number }[];
}

function hasPort({ pod }: Workload, port: string | number): boolean {
  return pod.containers.some(({ ports = [] }) =>
    ports.some((one) => one.name === port || one.containerPort === port),
  );
}

const ports: Rule = {
  name: 'ports: of Services and PodMonitors are ports of their pods',
  check: ({ objects, workloads }) => [
    ...ofKind<ServiceSpec>(objects, 'Service').flatMap(({ name, spec }) =>
      spec.ports
        .filter(({ targetPort }) =>
          workloads.some(
            (one) =>
              matches({ matchLabels: spec.selector }, one.labels) && !hasPort(one, targetPort),
          ),
        )
        .map(({ targetPort }) => `Service/${name}: its pods have no port ${targetPort}`),
    ),
    ...ofKind<{ selector: Selector; podMetricsEndpoints: { port: string }[] }>(
      objects,
      'PodMonitor',
    ).flatMap(({ name, spec }) =>
      spec.podMetricsEndpoints
        .filter(({ port }) =>
          workloads.some((one) => matches(spec.selector, one.labels) && !hasPort(one, port)),
        )
        .map(({ port }) => `PodMonitor/${name}: its pods have no port ${port}`),
    ),
  ],
};

/** `http://name:port` or `http://name.namespace.svc:port`: both in variables and in the triggers of KEDA. */
const URLS = /https?:\/\/([a-z0-9-]+)(?:\.([a-z0-9-]+)\.svc)?:(\d+)/g;

const addresses: Rule = {
  name: 'addresses: of Services that are there, with their ports',
  check: ({ objects }) => {
    const services = ofKind<ServiceSpec>(objects, 'Service');
    return objects.flatMap((object) =>
      [...JSON.stringify(object).matchAll(URLS)].flatMap(([url, host, namespace, port]) => {
        if (namespace === 'monitoring') return [];
        const service = services.find(({ name }) => name === host);
        if (!service?.spec.ports.some((one) => String(one.port) === port)) {
          return [`${idOf(object)}: there is no Service for ${url}`];
        }
        const actual = service.object.metadata.namespace ?? 'default';
        return namespace === undefined || namespace === actual
          ? []
          : [`${idOf(object)}: ${url} is in namespace ${namespace}, the Service in ${actual}`];
      }),
    );
  },
};

function allNamespaced({ objects }: Rendered): string[] {
  return objects
    .filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace === undefined)
    .map((object) => `${idOf(object)}: has no namespace`);
}

const restrictedNamespace: Rule = {
  name: 'namespace: one for everything, under the restricted standard',
  check: (rendered) => {
    const namespaces = rendered.objects.filter(({ kind }) => kind === 'Namespace');
    // A chart goes into the namespace that its user names.
    if (namespaces.length === 0) return [];
    return [
      ...allNamespaced(rendered),
      ...namespaces
        .filter(
          ({ metadata }) =>
            metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted',
        )
        .map((object) => `${idOf(object)}: does not enforce the restricted standard`),
    ];
  },
};

export const referenceRules: readonly Rule[] = [
  unique,
  labels,
  selectors,
  volumes,
  secretFiles,
  accounts,
  ports,
  addresses,
  restrictedNamespace,
];
