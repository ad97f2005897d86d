// `next build` leaves the static files out of the standalone folder, which is to be whole.
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const app = dirname(dirname(fileURLToPath(import.meta.url)));
const standalone = join(app, '.next', 'standalone', 'apps', 'dashboard');
cpSync(join(app, '.next', 'static'), join(standalone, '.next', 'static'), { recursive: true });
const assets = join(app, 'public');
if (existsSync(assets)) cpSync(assets, join(standalone, 'public'), { recursive: true });
