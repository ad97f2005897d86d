import { ROUTES } from '@relay/contract';
import type { Request } from 'express';
import { ANYBODY } from '../auth/principal.ts';
import type { EventHub } from '../events/event-hub.ts';
import type { GatewayResponse } from './answer.ts';
import { type Endpoint, type Guards, requirePermission } from './endpoint.ts';
import { readQuery } from './query.ts';
import { check } from './validate.ts';

/** Serves the stream of events: the same way in as every route, but an answer that does not end. */
export function streamEndpoint(events: EventHub, { authenticator, protection }: Guards): Endpoint {
  const route = ROUTES.streamEvents;
  return async (request: Request, response: GatewayResponse) => {
    response.locals.route = route.path;
    const principal = authenticator.authenticate(request);
    // A stream counts as one request of the key's rate; for how many are open it has places of its own.
    if (principal !== ANYBODY) {
      protection.keys.enter(principal);
      protection.keys.leave(principal);
    }
    requirePermission(route, principal);
    const query = check(route.query, readQuery(request.url, route.repeatable), {
      in: 'parameters',
    });
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end();
      return;
    }
    const leave = protection.streams.enter(principal);
    response.once('close', leave);
    try {
      await events.open(response, {
        principal,
        queues: query.queue,
        lastEventId: request.get('last-event-id'),
      });
    } catch (error) {
      leave();
      throw error;
    }
  };
}
