import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noEnvironment = {
  object: 'process',
  property: 'env',
  message: 'Settings come in as a slice of the config, which is read in one place: apps/gateway/src/config.',
};

const tests = ['**/*.test.ts', '**/*.contract.ts', '**/testing.ts', '**/testing/**/*.ts', '**/test/**/*.ts'];

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '.cache/', 'coverage/', 'docs/', 'scripts/boundaries/fixtures/'] },
  {
    // A disabled rule that no longer disables anything is a comment that lies.
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, ...tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-properties': ['error', noEnvironment],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword',
          message: 'A cast through unknown says that the types are wrong: put those right, or check the value.',
        },
      ],
      'prefer-const': ['error', { destructuring: 'all' }],
      // The compiler sees unused locals; this sees parameters and caught errors too.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // What a test says on the console, and what it takes from the machine it runs on, is its own affair.
    files: tests,
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['apps/gateway/src/config/**/*.ts', 'apps/cli/src/main.ts', 'jest.config.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // Prints for a living.
    files: ['apps/cli/src/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['AbortController', 'AbortSignal', 'Buffer', 'TextDecoder', 'TextEncoder', 'URL', 'URLSearchParams'],
          ...['clearInterval', 'clearTimeout', 'console', 'fetch', 'performance', 'process', 'queueMicrotask'],
          ...['setImmediate', 'setInterval', 'setTimeout', 'structuredClone'],
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { eqeqeq: ['error', 'always', { null: 'ignore' }], 'no-var': 'error', 'prefer-const': 'error' },
  },
  {
    // Runs in a browser.
    files: ['packages/http/assets/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['addEventListener', 'document', 'location', 'sessionStorage', 'TextDecoderStream'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
);
