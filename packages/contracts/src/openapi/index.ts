export * from './schema.js';
export * from './dto-schema.js';
export * from './operation.js';
export * from './error-docs.js';
export * from './document.js';
