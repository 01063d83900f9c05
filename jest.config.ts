import type { Config } from 'jest';

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: false },
    target: 'es2024',
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const config: Config = {
  testMatch: ['<rootDir>/{packages,apps,test}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.cache/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc as Record<string, unknown>] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@openclaw/adapter-embedded-postgres/testing$': '<rootDir>/packages/adapters/embedded-postgres/src/testing.ts',
    '^@openclaw/adapter-([^/]+)$': '<rootDir>/packages/adapters/$1/src/index.ts',
    '^@openclaw/core/testing$': '<rootDir>/packages/core/src/testing.ts',
    '^@openclaw/(core|contracts|http)$': '<rootDir>/packages/$1/src/index.ts',
    '^@openclaw/sdk$': '<rootDir>/packages/sdk-js/src/index.ts',
  },
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  testSequencer: '<rootDir>/test/longest-first.mjs',
  testTimeout: 60_000,
  // One more than the cores of the smallest machine: while one file waits for a process or a timer, another one computes.
  maxWorkers: 3,
};

export default config;
