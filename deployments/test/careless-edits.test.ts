import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { parseObjects } from '../src/check/objects.ts';
import { rendered, renderProblems } from '../src/check/run.ts';
import { renderOf } from './support/renders.ts';

/** The production overlay as YAML, with one text in one of its objects replaced: what a careless edit would be. */
function edited(
  id: string,
  from: string | RegExp,
  to: string,
  name = 'overlays/production',
): string[] {
  const texts = renderOf(name).map((object) => {
    const text = stringify(object, { aliasDuplicateObjects: false, version: '1.1' });
    if (`${object.kind}/${object.metadata.name}` !== id) return text;
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${id} has no ${String(from)}:\n${text}`);
    return changed;
  });
  const objects = parseObjects(texts.join('---\n'), 'an edited overlay');
  return renderProblems(rendered('edited', objects, true));
}

describe('a careless edit is found', () => {
  const gateway = 'Deployment/relay-api-gateway';
  const worker = 'Deployment/relay-worker';
  it.each<[string, string, string | RegExp, string, RegExp]>([
    [
      'a field that does not exist',
      gateway,
      'livenessProbe',
      'livenesProbe',
      /there is no field .*livenesProbe/,
    ],
    [
      'a text for a number',
      worker,
      'revisionHistoryLimit: 5',
      'revisionHistoryLimit: five',
      /must be integer/,
    ],
    ['liveness by Redis', gateway, 'path: /livez', 'path: /readyz', /liveness is not|start is not/],
    ['a probe of another port', gateway, 'port: http', 'port: web', /asks port web/],
    ['no memory limit', worker, /limits:\n\s+memory: 512Mi/, 'limits: {}', /no limit/],
    ['a CPU limit', worker, 'memory: 512Mi', 'memory: 512Mi\n              cpu: 1', /CPU limit/],
    [
      'a variable twice',
      worker,
      /(?=- name: RELAY_QUEUES\n)/,
      '- name: RELAY_QUEUES\n              value: others\n            ',
      /is told RELAY_QUEUES twice/,
    ],
    ['root', worker, 'runAsNonRoot: true', 'runAsNonRoot: false', /may run as root/],
    [
      'a writable root',
      worker,
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      /may write/,
    ],
    ['capabilities', worker, '- ALL', '- NET_RAW', /keeps capabilities/],
    [
      'a token',
      worker,
      'automountServiceAccountToken: false',
      'automountServiceAccountToken: true',
      /token/,
    ],
    [
      'a short grace period',
      worker,
      'terminationGracePeriodSeconds: 75',
      'terminationGracePeriodSeconds: 65',
      /65 s are not enough/,
    ],
    [
      'a long preStop',
      gateway,
      'seconds: 5',
      'seconds: 15',
      /30 s are not enough for 15 s preStop/,
    ],
    ['no version', worker, /image: .*/, 'image: relay-worker:latest', /not always the same image/],
    [
      'another label',
      worker,
      /template:\n {4}metadata:\n {6}labels:\n {8}app.kubernetes.io\/name: relay-worker/,
      'template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: workers',
      /does not select its own pods/,
    ],
    [
      'a Service without pods',
      'Service/relay-api-gateway',
      'app.kubernetes.io/name: relay-api-gateway\n  ports',
      'app.kubernetes.io/name: gateway\n  ports',
      /selects no pod/,
    ],
    [
      'a port that is not there',
      'Service/relay-api-gateway',
      'targetPort: http',
      'targetPort: web',
      /no port web/,
    ],
    [
      'a secret of nobody',
      worker,
      'secretName: relay-worker',
      'secretName: worker',
      /made by hand/,
    ],
    [
      'a file that is in no Secret',
      worker,
      'value: /etc/relay/secrets/redis-url',
      'value: /etc/relay/redis',
      /no file of a Secret/,
    ],
    ['a password as a value', worker, 'name: REDIS_URL_FILE', 'name: REDIS_URL', /is a secret/],
    [
      'a volume of nobody',
      worker,
      'volumeMounts:\n            - name: secrets',
      'volumeMounts:\n            - name: other',
      /mounts other/,
    ],
    [
      'no service account',
      worker,
      'serviceAccountName: relay-worker',
      'serviceAccountName: worker',
      /no service account/,
    ],
    [
      'an address of nobody',
      'Deployment/relay-dashboard',
      'http://relay-api-gateway:8080',
      'http://gateway:8080',
      /no Service for/,
    ],
    [
      'an address in another namespace',
      'ScaledObject/relay-worker',
      'relay.svc',
      'default.svc',
      /is in namespace default/,
    ],
    [
      'an open namespace',
      'Namespace/relay',
      'enforce: restricted',
      'enforce: baseline',
      /does not enforce/,
    ],
    [
      'two who scale',
      'HorizontalPodAutoscaler/relay-api-gateway',
      'kind: Deployment\n    name: relay-api-gateway',
      'kind: Deployment\n    name: relay-worker',
      /another scaler already/,
    ],
    ['a number beside a scaler', worker, 'spec:\n', 'spec:\n  replicas: 3\n', /sets replicas too/],
    ['no fallback', 'ScaledObject/relay-worker', / {2}fallback:\n.*\n.*\n/, '', /no fallback/],
    [
      'a fallback to the minimum',
      'ScaledObject/relay-worker',
      'replicas: 4',
      'replicas: 2',
      /falls back to its minimum/,
    ],
    [
      'credentials of nobody',
      'TriggerAuthentication/relay-keda',
      'key: api-key',
      'key: token',
      /credentials are not there/,
    ],
    [
      'a budget that holds a node',
      'PodDisruptionBudget/relay-worker',
      'maxUnavailable: 25%',
      'maxUnavailable: 0',
      /lets no pod go/,
    ],
    ['a rollout with a gap', gateway, 'maxUnavailable: 0', 'maxUnavailable: 1', /takes pods away/],
    [
      'no default deny',
      'NetworkPolicy/relay-default-deny',
      'podSelector: {}',
      'podSelector: { matchLabels: { app.kubernetes.io/part-of: relay } }',
      /denies everything/,
    ],
    [
      'a port that nobody reaches',
      'NetworkPolicy/relay-worker',
      'port: 8081',
      'port: 8080',
      /nobody|anybody to its port 8081/,
    ],
    [
      'a door for everybody',
      'NetworkPolicy/relay-worker',
      / {2}ingress:\n {4}- from:\n(?: {8}.*\n| {6}- .*\n)+? {6}ports/,
      '  ingress:\n    - ports',
      /lets in everybody/,
    ],
    [
      'no way to Redis',
      'NetworkPolicy/relay-redis',
      'port: 6379',
      'port: 6380',
      /lets it to Redis/,
    ],
    [
      'no way to the gateway',
      'NetworkPolicy/relay-dashboard',
      'port: 8080',
      'port: 80',
      /lets it to relay-api-gateway/,
    ],
    ['no names', 'NetworkPolicy/relay-dns', /port: 53/g, 'port: 5353', /not allowed DNS lookups/],
  ])('%s', (_, id, from, to, problem) => {
    expect(edited(id, from, to).join('\n')).toMatch(problem);
  });

  it('a missing figure taken for zero', () => {
    const problems = edited(
      'ScaledObject/relay-worker',
      'ignoreNullValues: "false"',
      'ignoreNullValues: "true"',
      'overlay alternatives',
    );
    expect(problems.join('\n')).toMatch(/missing figure for zero/);
  });

  it('an object twice, and a pod without spread', () => {
    const twice = [...renderOf('overlays/dev'), ...renderOf('overlays/dev').slice(-1)];
    expect(renderProblems(rendered('twice', twice, false)).join('\n')).toMatch(/there are two of/);
    expect(
      edited(
        'Deployment/relay-worker',
        'topologyKey: kubernetes.io/hostname',
        'topologyKey: x',
      ).join(),
    ).toBe('');
    expect(
      edited('Deployment/relay-worker', / {6}topologySpreadConstraints:\n(?: {8}.*\n)+/, '').join(
        '\n',
      ),
    ).toMatch(/not spread/);
  });
});
