import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../config/error-code.js';
import { fail, ok, warn, type Finding } from './finding.js';

const SECRET_FILES = ['operator-token', 'secret.key', 'postgres.password'];

/** The data folder, and the rights of what is secret in it. */
export async function checkDataFolder(home: string): Promise<Finding[]> {
  const mode = await modeOf(home);
  if (mode === undefined) return [await checkPlaceFor(home)];
  const findings: Finding[] = [];
  if (!(await isAllowed(home, constants.R_OK | constants.W_OK | constants.X_OK))) {
    findings.push(
      fail(
        'data folder',
        `${home} is not ours to write`,
        `Give it to the user who runs the gateway: chown -R "$(id -un)" ${home}`,
      ),
    );
  }
  if ((mode & 0o066) !== 0) {
    // Passing through (0711) is fine: the embedded server's own user has to, where the gateway is root.
    findings.push(
      warn(
        'data folder',
        `${home} can be read or changed by other users (mode ${octal(mode)})`,
        `Close it: chmod go-rw ${home}`,
      ),
    );
  }
  for (const name of SECRET_FILES) {
    const file = join(home, name);
    const fileMode = await modeOf(file);
    if (fileMode !== undefined && (fileMode & 0o077) !== 0) {
      const why = `${file} holds a secret and is open to other users (mode ${octal(fileMode)})`;
      findings.push(
        fail('data folder', why, `Close it: chmod 600 ${file}; then consider what is in it known, and make it anew.`),
      );
    }
  }
  return findings.length > 0 ? findings : [ok('data folder', `${home}, closed to other users`)];
}

async function checkPlaceFor(home: string): Promise<Finding> {
  const parent = await nearestFolder(home);
  if (await isAllowed(parent, constants.W_OK | constants.X_OK))
    return ok('data folder', `${home} will be made at the first start`);
  return fail(
    'data folder',
    `${home} does not exist and cannot be made in ${parent}`,
    'Choose another one with OPENCLAW_HOME, or make it as root and give it to this user.',
  );
}

/** The folder itself, or the first one above it that exists. */
export async function nearestFolder(path: string): Promise<string> {
  if ((await modeOf(path)) !== undefined) return path;
  const parent = dirname(path);
  return parent === path ? path : nearestFolder(parent);
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
}

async function isAllowed(path: string, rights: number): Promise<boolean> {
  try {
    await access(path, rights);
    return true;
  } catch {
    return false;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
