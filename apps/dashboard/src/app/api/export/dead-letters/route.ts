import { readConfig } from '../../../../server/config.ts';
import { exportDeadLetters } from '../../../../server/export.ts';

const config = readConfig(process.env);

export const GET = (request: Request): Promise<Response> => exportDeadLetters(request, config);

export const dynamic = 'force-dynamic';
