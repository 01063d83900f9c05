export * from './text-analyser.js';
