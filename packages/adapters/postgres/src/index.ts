export { Postgres, type PostgresOptions } from './postgres.js';
export { openTokenStore } from './tokens/open-token-store.js';
export { type DatabaseSettings } from './database.js';
