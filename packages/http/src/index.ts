export * from './http-deps.js';
export { apiRoutes } from './app.js';
export * from './gateway-server.js';
export { blockList, clientAddress, isIn } from './middleware/client-address.js';
export { apiReference } from './docs/reference.js';
export { DEFAULT_SOCKET_SETTINGS, type SocketSettings } from './ws/socket-settings.js';
