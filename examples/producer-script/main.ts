import { NotEndedError, Relay } from '@relay/sdk';

interface Emails {
  welcome: { to: string; name: string };
}

const [to = 'ada@example.org', name = 'Ada'] = process.argv.slice(2);
const relay = new Relay({ url: process.env['RELAY_URL'] ?? 'http://127.0.0.1:8080' });
const emails = relay.queue<Emails>('emails');

const { id } = await emails.enqueue('welcome', { to, name });
console.log(`accepted ${id}`);
try {
  const { state, result, error } = await emails.result(id, { timeoutMs: 10_000 });
  console.log(`${state} ${JSON.stringify(result ?? error ?? null)}`);
} catch (error) {
  if (!(error instanceof NotEndedError)) throw error;
  console.log(`still ${error.state}: does a worker run?`);
}
