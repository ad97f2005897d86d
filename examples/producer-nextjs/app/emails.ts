import { Relay } from '@relay/sdk';

export interface Emails {
  welcome: { to: string; name: string };
}

const relay = new Relay({
  url: process.env['RELAY_URL'] ?? 'http://127.0.0.1:8080',
  // A key never reaches the browser: only routes and server components import this file.
  ...(process.env['RELAY_API_KEY'] ? { apiKey: process.env['RELAY_API_KEY'] } : {}),
});

export const emails = relay.queue<Emails>('emails');
