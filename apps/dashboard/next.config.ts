import { join } from 'node:path';
import type { NextConfig } from 'next';

/** Where the workspace begins: what the standalone folder needs is looked for below it. */
const WORKSPACE = join(import.meta.dirname, '..', '..');

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: WORKSPACE,
  turbopack: { root: WORKSPACE },
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run typecheck` does it, with the compiler that the other packages use.
  typescript: { ignoreBuildErrors: true },
};

export default config;
