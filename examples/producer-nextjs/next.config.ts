import { join } from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // Here the SDK is a package of the workspace. Installed from npm it needs no such line.
  turbopack: { root: join(import.meta.dirname, '..', '..') },
};

export default config;
