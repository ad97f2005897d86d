/** One line of the log, as the other services write theirs. */
export function log(
  level: 'info' | 'warn' | 'error',
  msg: string,
  fields: Readonly<Record<string, string | number>> = {},
): void {
  const entry = { level, time: new Date().toISOString(), component: 'dashboard', ...fields, msg };
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}
