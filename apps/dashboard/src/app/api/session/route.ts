import { login, logout, whoAmI } from '../../../server/session-routes.ts';

export { login as POST, logout as DELETE, whoAmI as GET };

export const dynamic = 'force-dynamic';
