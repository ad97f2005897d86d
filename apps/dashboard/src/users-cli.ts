/** `npm run user -- create|passwd|role|list|remove`: keeps the file of users. */
import { askPassword } from './server/auth/ask-password.ts';
import { runUsersCommand } from './server/auth/users-command.ts';

process.exitCode = await runUsersCommand(process.argv.slice(2), {
  env: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  password: askPassword,
});
