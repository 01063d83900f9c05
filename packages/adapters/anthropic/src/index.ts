export * from './anthropic-runner.js';
