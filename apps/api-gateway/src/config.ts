import { commonVariables, durationMs, integer, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** The gateway's environment. */
export const gatewaySchema = z.object({
  ...commonVariables,
  PORT: portVariable(8080),
  RELAY_AUTH: z.enum(['auto', 'off'], { error: 'must be auto or off' }).default('auto').meta({
    description:
      '`auto`: API keys where RELAY_API_KEYS_FILE or RELAY_API_KEYS is set, else this machine only. `off`: everybody may do everything, on any address.',
  }),
  RELAY_API_KEYS_FILE: z.exactOptional(z.string()).meta({
    description: 'File of API keys, made by `npm run key`; read again when it changes.',
  }),
  // Its `_FILE` is the variable above, which is watched and not read once. What is wrong in it is said
  // by the policy, whose message shows none of it.
  RELAY_API_KEYS: z.exactOptional(z.string()).meta({
    description:
      'The content of such a file, where there are no files; a change needs a restart. Not both.',
    secret: true,
  }),
  RELAY_KEY_RATE_PER_SEC: integer({ min: 0, max: 1_000_000 }).default(5_000).meta({
    description: 'Requests a second of one API key; 0: no limit.',
  }),
  RELAY_KEY_CONCURRENCY: integer({ min: 0, max: 1_000_000 }).default(1_000).meta({
    description: 'Requests of one API key at once, waiting ones counted; 0: no limit.',
  }),
  RELAY_MAX_REQUESTS: integer({ min: 1, max: 1_000_000 }).default(10_000).meta({
    description: 'Requests at once, of everybody; more are told to come again.',
  }),
  RELAY_MAX_BUFFERED_BYTES: integer({ min: 1_048_576, max: 17_179_869_184 })
    .default(134_217_728)
    .meta({ description: 'Bytes of bodies and answers in memory at once.' }),
  RELAY_MAX_LOOP_DELAY_MS: durationMs({ max: 60_000 }).default(1_000).meta({
    description: 'An event loop later than this takes no more work until it has caught up; 0: any.',
  }),
});
export type GatewayConfig = z.output<typeof gatewaySchema>;
