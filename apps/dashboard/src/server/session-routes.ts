import { z } from 'zod';
import { authOfProcess, type Identity } from './auth/auth.ts';
import { PASSWORD_LENGTH } from './auth/password.ts';
import { clientAddress } from './client-address.ts';
import { readConfig } from './config.ts';
import { problemResponse } from './problem.ts';
import { readBytes } from './read-bytes.ts';
import { isOurs } from './same-origin.ts';

const PATH = '/api/session';
const MOST_BYTES = 8_192;
const { trustedProxies } = readConfig(process.env);

const credentials = z.strictObject({
  name: z.string().max(64),
  password: z.string().max(PASSWORD_LENGTH.most),
});

/** Who the session is of. */
export function whoAmI({ headers }: Request): Response {
  const visitor = authOfProcess()?.visitor(headers);
  if (visitor === undefined)
    return problemResponse('login-required', 'You are not logged in.', PATH);
  return welcome(visitor.identity);
}

/** Begins a session. What is wrong, name or password, is not said. */
export async function login(request: Request): Promise<Response> {
  const auth = authOfProcess();
  if (auth === null) return problemResponse('not-found', 'There are no users.', PATH);
  if (!isOurs(request)) {
    return problemResponse(
      'forbidden',
      'Logins are accepted from the dashboard’s own pages only.',
      PATH,
    );
  }
  const given = await readCredentials(request);
  if (given === undefined) {
    return problemResponse('malformed', 'A name and a password were expected.', PATH);
  }
  const { headers } = request;
  const result = await auth.login(given, {
    address: clientAddress(headers, trustedProxies),
    headers,
  });
  switch (result.kind) {
    case 'welcome':
      return welcome(result.identity, result.cookie);
    case 'wrong':
      return problemResponse('login-failed', 'The name or password is wrong.', PATH);
    case 'wait': {
      const seconds = Math.ceil(result.ms / 1_000);
      return problemResponse('too-many-logins', `Try again in ${seconds} s.`, PATH, {
        'Retry-After': String(seconds),
      });
    }
  }
}

/** Ends the session. */
export function logout(request: Request): Response {
  const auth = authOfProcess();
  if (auth === null) return problemResponse('not-found', 'There are no users.', PATH);
  if (!isOurs(request)) {
    return problemResponse(
      'forbidden',
      'Logouts are accepted from the dashboard’s own pages only.',
      PATH,
    );
  }
  const cookie = auth.logout(request.headers);
  return new Response(null, {
    status: 204,
    headers: { 'Cache-Control': 'no-store', 'Set-Cookie': cookie },
  });
}

function welcome(identity: Identity, cookie?: string): Response {
  return Response.json(identity, {
    headers: {
      'Cache-Control': 'no-store',
      ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }),
    },
  });
}

async function readCredentials(
  request: Request,
): Promise<z.output<typeof credentials> | undefined> {
  if (request.headers.get('content-type')?.split(';')[0] !== 'application/json') return undefined;
  const bytes = await readBytes(request, MOST_BYTES);
  if (bytes === 'too-large' || bytes === undefined) return undefined;
  try {
    return credentials.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
