/** The environment alone (`@relay/service-kit/config`): for what has neither this logger nor these metrics. */
export {
  type ConfigSchema,
  type Environment,
  type LoadedConfig,
  loadConfig,
  type ServiceSchema,
  type VariableDoc,
  variablesOf,
} from './config.ts';
export { ConfigError, type ConfigProblem, codeOf, messageOf, StartError } from './errors.ts';
export {
  commonVariables,
  durationMs,
  flag,
  integer,
  list,
  port,
  portVariable,
} from './variables.ts';
