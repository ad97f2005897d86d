import { readConfig } from '../../../../server/config.ts';
import { forward } from '../../../../server/gateway.ts';

const config = readConfig(process.env);

const handle = (request: Request): Promise<Response> => forward(request, config);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };

export const dynamic = 'force-dynamic';
