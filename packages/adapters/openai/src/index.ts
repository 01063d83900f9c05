export * from './openai-runner.js';
