import { gatewaySchema } from '@relay/api-gateway/config';
import { dashboardSchema } from '@relay/dashboard/config';
import { demoSchema } from '@relay/demo/config';
import { reaperPromoterSchema } from '@relay/reaper-promoter/config';
import { type VariableDoc, variablesOf } from '@relay/service-kit/config';
import { workerSchema } from '@relay/worker/config';

/** A service, and the environment that it reads: from the schema that it starts with. */
export interface ServiceVariables {
  /** Name of its folder in `apps/`, and of its image. */
  readonly service: 'api-gateway' | 'worker' | 'reaper-promoter' | 'dashboard' | 'demo';
  readonly variables: readonly VariableDoc[];
}

/** Every variable of every service. */
export const serviceVariables: readonly ServiceVariables[] = [
  { service: 'api-gateway', variables: variablesOf(gatewaySchema) },
  { service: 'worker', variables: variablesOf(workerSchema) },
  { service: 'reaper-promoter', variables: variablesOf(reaperPromoterSchema) },
  { service: 'dashboard', variables: variablesOf(dashboardSchema) },
  { service: 'demo', variables: variablesOf(demoSchema) },
];
