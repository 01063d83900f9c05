export * from './openai-runner.js';
export * from './openai-embedder.js';
