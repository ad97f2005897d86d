import { ApiError, callOwn } from './api.ts';
import { reportLogin, type User } from './session-state.ts';

const PATH = '/api/session';

/** @throws {ApiError} `login-failed`, `too-many-logins`, or `no-answer` */
export async function logIn(name: string, password: string): Promise<void> {
  const text = await callOwn(PATH, { method: 'POST', body: { name, password } });
  reportLogin(JSON.parse(text) as User);
}

export async function logOut(): Promise<void> {
  await callOwn(PATH, { method: 'DELETE' });
}

/** Looks whether there is a session again: somebody may have logged in in another tab. */
export async function lookForLogin(): Promise<void> {
  try {
    reportLogin(JSON.parse(await callOwn(PATH)) as User);
  } catch (error) {
    // Still none, or no answer: the next look will tell.
    if (!(error instanceof ApiError)) throw error;
  }
}
