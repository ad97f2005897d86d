import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as operator from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { idOf, type KubeObject } from './objects.ts';

interface Model {
  readonly prototype: { validate(): void };
}

/** Every kind that our manifests use; another one is a problem, not a pass. */
const MODELS: Readonly<Record<string, Model>> = {
  'v1/ConfigMap': core.ConfigMap,
  'v1/Namespace': core.Namespace,
  'v1/Service': core.Service,
  'v1/ServiceAccount': core.ServiceAccount,
  'apps/v1/Deployment': apps.Deployment,
  'apps/v1/StatefulSet': apps.StatefulSet,
  'autoscaling/v2/HorizontalPodAutoscaler': autoscaling.HorizontalPodAutoscaler,
  'networking.k8s.io/v1/NetworkPolicy': networking.NetworkPolicy,
  'policy/v1/PodDisruptionBudget': policy.PodDisruptionBudget,
  'keda.sh/v1alpha1/ScaledObject': keda.ScaledObject,
  'keda.sh/v1alpha1/TriggerAuthentication': keda.TriggerAuthentication,
  'monitoring.coreos.com/v1/PodMonitor': operator.PodMonitor,
  'monitoring.coreos.com/v1/PrometheusRule': operator.PrometheusRule,
};

/** What the schema of its kind says against an object: types, required fields, and fields that do not exist. */
export function schemaProblems(object: KubeObject): string[] {
  const model = MODELS[`${object.apiVersion}/${object.kind}`];
  if (model === undefined) {
    return [`${idOf(object)}: there is no schema for ${object.apiVersion} ${object.kind}`];
  }
  const unread = new Set<string>();
  try {
    // Not on an instance: its constructor would read every field.
    model.prototype.validate.call(watched(object, '', unread));
    return [...unread].map((path) => `${idOf(object)}: there is no field ${path}`);
  } catch (error) {
    return [`${idOf(object)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * The schemas let fields pass that they do not know, and Kubernetes drops those in silence: a `livenesProbe` would be no
 * probe. They are compiled to code, which looks at every field that it knows; so what was never looked at does not
 * exist.
 *
 * @param unread gets the path of every field, and loses it when the field is read.
 */
function watched<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const inner: unknown = watched(item, at, unread);
    if (!Array.isArray(value)) unread.add(at);
    Object.defineProperty(copy, key, {
      enumerable: true,
      configurable: true,
      get() {
        unread.delete(at);
        return inner;
      },
    });
  }
  return copy as T;
}
