/**
 * Node's own HTTP. `import` of `node:http` reads every one of its exports, and so has Node load those that it otherwise loads when they are
 * first used: fetch, WebSocket and what they need, more than a megabyte.
 */
export const http = process.getBuiltinModule('node:http');
