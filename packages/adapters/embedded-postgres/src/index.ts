export { type EmbeddedConnection, connectionUrl } from './connection.js';
export { DataFolderLock } from './data-folder-lock.js';
export { EmbeddedPostgres, type EmbeddedPostgresEvent, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { DataFolderInUse, EmbeddedPostgresError } from './errors.js';
export { type BorrowedPostgres, useEmbeddedPostgres } from './use-embedded-postgres.js';
