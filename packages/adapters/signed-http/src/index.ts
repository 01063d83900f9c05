export { SignedHttp, type SignedHttpSettings } from './signed-http.js';
export { guardedConnector } from './guarded-connector.js';
export { type ResolveName, resolveName } from './resolve-name.js';
