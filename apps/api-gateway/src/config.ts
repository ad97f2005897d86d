import { commonVariables, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** The gateway's environment. */
export const gatewaySchema = z.object({
  ...commonVariables,
  PORT: portVariable(8080),
  RELAY_AUTH: z.enum(['auto', 'off'], { error: 'must be auto or off' }).default('auto').meta({
    description:
      '`auto`: API keys where RELAY_API_KEYS_FILE is set, else this machine only. `off`: everybody may do everything, on any address.',
  }),
  RELAY_API_KEYS_FILE: z.exactOptional(z.string()).meta({
    description: 'File of API keys, made by `npm run key`; read again when it changes.',
  }),
});
export type GatewayConfig = z.output<typeof gatewaySchema>;
