/** `npm run key -- create|list|revoke|rotate`: keeps the file of API keys. */
import { runKeysCommand } from './auth/keys-command.ts';

process.exitCode = await runKeysCommand(process.argv.slice(2), {
  env: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
