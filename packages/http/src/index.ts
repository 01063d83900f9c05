export * from './http-deps.js';
export * from './gateway-server.js';
export { blockList, clientAddress, isIn } from './middleware/client-address.js';
