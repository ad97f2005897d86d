import { commonVariables, durationMs, integer, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** The gateway's environment. */
export const gatewaySchema = z.object({
  ...commonVariables,
  PORT: portVariable(8080),
  RELAY_AUTH: z.enum(['auto', 'off'], { error: 'must be auto or off' }).default('auto').meta({
    description:
      '`auto`: API keys if RELAY_API_KEYS_FILE or RELAY_API_KEYS is set, otherwise local requests only. `off`: no authentication, on any address.',
  }),
  RELAY_API_KEYS_FILE: z.exactOptional(z.string()).meta({
    description: 'API key file, managed with `npm run key`; reloaded when it changes.',
  }),
  // Its `_FILE` is the variable above, which is watched and not read once. What is wrong in it is said
  // by the policy, whose message shows none of it.
  RELAY_API_KEYS: z.exactOptional(z.string()).meta({
    description:
      'The content of such a file, for platforms without files; changes need a restart. Mutually exclusive with the file.',
    secret: true,
  }),
  RELAY_KEY_RATE_PER_SEC: integer({ min: 0, max: 1_000_000 }).default(5_000).meta({
    description: 'Requests per second per API key; 0: no limit.',
  }),
  RELAY_KEY_CONCURRENCY: integer({ min: 0, max: 1_000_000 }).default(1_000).meta({
    description: 'Concurrent requests per API key, including long polls; 0: no limit.',
  }),
  RELAY_MAX_REQUESTS: integer({ min: 1, max: 1_000_000 }).default(10_000).meta({
    description: 'Maximum concurrent requests overall; more get a 429.',
  }),
  RELAY_MAX_BUFFERED_BYTES: integer({ min: 1_048_576, max: 17_179_869_184 })
    .default(134_217_728)
    .meta({ description: 'Maximum bytes of request bodies and responses in memory.' }),
  RELAY_MAX_LOOP_DELAY_MS: durationMs({ max: 60_000 }).default(1_000).meta({
    description: 'While the event loop lags more than this, new work is refused; 0: never.',
  }),
});
export type GatewayConfig = z.output<typeof gatewaySchema>;
