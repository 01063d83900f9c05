import { types } from 'node:util';
import { DataFolderInUse, EmbeddedPostgresError } from '@openclaw/adapter-embedded-postgres';
import { DomainError } from '@openclaw/core';
import { ConfigError, WrongSecretKey } from './config/index.js';

/** Errors whose message says everything already. */
const SELF_EXPLAINING = [ConfigError, WrongSecretKey, DataFolderInUse, EmbeddedPostgresError];

const DATABASE_ADVICE = 'Check DATABASE_URL (or database.url in the configuration), and that the server runs.';

/** SQLSTATE and system codes of a database that lets nobody in, in words. */
const DATABASE_CODES: Record<string, string> = {
  '28P01': 'it refuses the password',
  '28000': 'it refuses this user',
  '3D000': 'there is no such database on the server',
  '57P03': 'it is starting or stopping',
  '53300': 'it has too many connections already',
  '42501': 'the user lacks rights on it (it has to be able to create tables)',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to its network',
  ENETUNREACH: 'there is no way to its network',
};

/**
 * Why the gateway, or a command beside it, could not start: in words for the person who called it, with what to do next. Undefined for
 * failures that nobody foresaw.
 */
export function explainFailure(error: unknown): string | undefined {
  if (SELF_EXPLAINING.some((kind) => error instanceof kind)) return (error as Error).message;
  if (error instanceof DomainError) return explainFailure(error.cause) ?? error.message;
  if (!types.isNativeError(error)) return undefined;
  const { code, syscall, address, port, path } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (syscall === 'listen') return explainListening(error.message, code, `${address}:${port}`);
  const database = code === undefined ? undefined : DATABASE_CODES[code];
  if (database !== undefined)
    return `The database cannot be used: ${database} (${error.message || code}).\n${DATABASE_ADVICE}`;
  if (/connection timeout|timeout exceeded/i.test(error.message))
    return `The database does not answer.\n${DATABASE_ADVICE}`;
  if (path !== undefined && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')) {
    return `${path} is closed to this user (${code}). Give it to the user who runs the gateway, or choose another data folder (OPENCLAW_HOME).`;
  }
  if (code === 'ENOSPC') return 'The disk is full. Make room, then try again.';
  return undefined;
}

function explainListening(message: string, code: string | undefined, place: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is in use by another program, perhaps another gateway. Stop that one, or choose another port (--port, or gateway.port).`;
    case 'EACCES':
      return `Listening on ${place} is not permitted; ports below 1024 need special rights. Choose another port (--port, or gateway.port).`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address like the one in ${place}. Choose another one (--bind, or gateway.bind).`;
    default:
      return `Cannot listen on ${place}: ${message}`;
  }
}
