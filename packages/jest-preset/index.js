import { fileURLToPath } from 'node:url';

const resolve = (specifier) => fileURLToPath(import.meta.resolve(specifier));

/**
 * The Jest settings of every package: ES modules, TypeScript through SWC, the
 * source of sibling packages instead of their builds.
 *
 * `forceExit` stays off on purpose: a test that leaves a socket or a process
 * open must hang visibly, not pass.
 *
 * @type {import('jest').Config}
 */
const preset = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@relay/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '\\.tsx?$': [
      resolve('@swc/jest'),
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  injectGlobals: false,
  testTimeout: 60_000,
  passWithNoTests: true,
  reporters: ['default', resolve('./reporter.js')],
};

export default preset;
