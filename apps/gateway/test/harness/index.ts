/**
 * What end-to-end tests of the gateway stand on. Everything that is made here ends with the test file, whatever became of its tests.
 *
 *     const model = await startModel();
 *     const gateway = await startGateway({ database: await freshDatabase(), config: askedOf(model, 'model-a') });
 *     const answer = await gateway.fetch('/api/v1/chat', { json: { message: 'hello' } });
 *     expect(await gateway.stop()).toBe(0);
 *
 * Replicas: the same `database` for each, and `env: REPLICA_ENV`. After `kill9()` or `stop()`, `startGateway({ home: gateway.home, … })`
 * starts another one on the same data folder.
 */
export { later } from './cleanup.js';
export { emptyDatabase, freshDatabase } from './fresh-database.js';
export { type CallOptions, type Ending, GatewayFailed, type GatewayProcess } from './gateway-process.js';
export { makeHome, writeHomeFile } from './homes.js';
export { type GatewayOptions, REPLICA_ENV, startGateway } from './start-gateway.js';
export { askedOf, type ModelServer, startModel } from './start-model.js';
