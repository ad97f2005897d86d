import { matches, ofKind, type Selector, type Workload } from '../objects.ts';
import type { Rendered, Rule } from './rule.ts';

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}

interface Opening {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number | string }[];
}

interface PolicySpec {
  readonly podSelector: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly Opening[];
  readonly egress?: readonly Opening[];
}

function policiesFor(objects: Rendered['objects'], { labels }: Workload): PolicySpec[] {
  return ofKind<PolicySpec>(objects, 'NetworkPolicy')
    .filter(({ spec }) => matches(spec.podSelector, labels))
    .map(({ spec }) => spec);
}

const covers = ({ ports }: Opening, port: number): boolean =>
  ports === undefined || ports.some((one) => one.port === port);

const defaultDeny: Rule = {
  name: 'network: nothing passes that no policy allows',
  check: ({ objects }) => {
    const denies = ofKind<PolicySpec>(objects, 'NetworkPolicy').some(
      ({ spec }) =>
        Object.keys(spec.podSelector).length === 0 &&
        spec.policyTypes?.includes('Ingress') &&
        spec.policyTypes.includes('Egress') &&
        !spec.ingress?.length &&
        !spec.egress?.length,
    );
    return denies ? [] : ['there is no policy that denies everything by default'];
  },
};

const ingress: Rule = {
  name: 'network: each port can be reached by somebody, and by nobody unnamed',
  check: ({ objects, workloads }) =>
    workloads.flatMap((workload) => {
      const openings = policiesFor(objects, workload).flatMap((policy) => policy.ingress ?? []);
      const ports = workload.pod.containers.flatMap((one) =>
        (one.ports ?? []).map((port) => port.containerPort),
      );
      return [
        ...ports
          .filter((port) => !openings.some((opening) => covers(opening, port)))
          .map((port) => `${workload.name}: no policy lets anybody to its port ${port}`),
        ...openings
          .filter(({ from, ports: named }) => !from?.length || !named?.length)
          .map(() => `${workload.name}: a policy lets in everybody, or to every port`),
      ];
    }),
};

/** Whom a workload must reach, by its variables. */
function needs(
  rendered: Rendered,
  workload: Workload,
): { readonly what: string; readonly port: number; readonly pods: readonly Workload[] }[] {
  const env = workload.pod.containers.flatMap((one) => one.env ?? []);
  const redis = rendered.workloads.filter(({ name }) => name === 'redis');
  return env.flatMap(({ name, value = '' }) => {
    if (name === 'REDIS_URL_FILE') return [{ what: 'Redis', port: 6379, pods: redis }];
    const [, host, port] = /^https?:\/\/([a-z0-9-]+)[^:]*:(\d+)/.exec(value) ?? [];
    if (host === undefined) return [];
    return [
      {
        what: host,
        port: Number(port),
        pods: rendered.workloads.filter((one) => one.name === host),
      },
    ];
  });
}

function reaches({ to }: Opening, pods: readonly Workload[]): boolean {
  if (pods.length === 0) return true;
  return pods.every(({ labels }) =>
    to?.some((peer) => peer.podSelector !== undefined && matches(peer.podSelector, labels)),
  );
}

function letsIn(rendered: Rendered, from: Workload, to: Workload, port: number): boolean {
  return policiesFor(rendered.objects, to)
    .flatMap((policy) => policy.ingress ?? [])
    .some(
      (opening) =>
        covers(opening, port) &&
        opening.from?.some(
          (peer) =>
            peer.podSelector !== undefined &&
            peer.namespaceSelector === undefined &&
            matches(peer.podSelector, from.labels),
        ),
    );
}

const egress: Rule = {
  name: 'network: who talks to Redis or the gateway may, from both ends, and may look up names',
  check: (rendered) =>
    rendered.workloads.flatMap((workload) => {
      const openings = policiesFor(rendered.objects, workload).flatMap(
        (policy) => policy.egress ?? [],
      );
      const wanted = needs(rendered, workload);
      const dns = wanted.length === 0 || openings.some((opening) => covers(opening, 53));
      return [
        ...(dns ? [] : [`${workload.name}: is not allowed DNS lookups`]),
        ...wanted.flatMap(({ what, port, pods }) => [
          ...(openings.some((opening) => covers(opening, port) && reaches(opening, pods))
            ? []
            : [`${workload.name}: no policy lets it to ${what} on port ${port}`]),
          ...pods
            .filter((pod) => !letsIn(rendered, workload, pod, port))
            .map((pod) => `${pod.name}: does not let in ${workload.name} on port ${port}`),
        ]),
      ];
    }),
};

export const networkRules: readonly Rule[] = [defaultDeny, ingress, egress];
