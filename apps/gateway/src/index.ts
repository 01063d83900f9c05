export { startGateway, type RunningGateway } from './start-gateway.js';
export { runGateway } from './run-gateway.js';
export { openOperatorSession, type OperatorSession } from './operator-session.js';
export { VERSION } from './version.js';
