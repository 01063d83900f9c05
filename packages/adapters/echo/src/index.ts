export * from './echo-runner.js';
