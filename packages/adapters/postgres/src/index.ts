export { Postgres, type PostgresOptions } from './postgres.js';
export { openTokenStore } from './tokens/open-token-store.js';
export { type DatabaseSettings } from './database.js';
export { BackupProblem } from './backups/backup-problem.js';
export { backUp, type MadeBackup } from './backups/back-up.js';
export { checkBackup, type CheckedBackup } from './backups/check-backup.js';
export { restoreBackup, type RestoredBackup } from './backups/restore-backup.js';
