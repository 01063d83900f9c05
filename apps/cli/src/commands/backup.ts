import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { byteText, rowCounts } from '../backup-words.js';
import { CommandFailed } from '../command-failed.js';
import { configOptions, type Context } from '../context.js';
import { orInterrupted } from '../or-interrupted.js';
import { type ConfigOption, type JsonOption, withConfig, withExamples, withJson } from '../options.js';

interface BackupOptions extends ConfigOption, JsonOption {
  withSecrets?: true;
}

export function defineBackup(backup: Command, context: Context): void {
  backup
    .argument('[file]', 'where it goes: a new file, or a folder; the working folder when left out')
    .option(
      '--with-secrets',
      'put the key in that the stored secrets are sealed with: whoever has the file can read them',
    );
  withExamples(withJson(withConfig(backup)), [
    ['openclaw backup', 'a file with the date in its name, while the gateway serves'],
    ['openclaw backup /mnt/backups --with-secrets', 'all that a new machine needs, but the configuration files'],
    ['DATABASE_URL=postgres://… openclaw backup', 'of a gateway on a PostgreSQL server'],
  ]);
  backup.action((file: string | undefined, options: BackupOptions) => makeBackup(file, options, context));
}

async function makeBackup(
  file: string | undefined,
  { json, config, withSecrets: secrets }: BackupOptions,
  context: Context,
): Promise<void> {
  const { terminal } = context;
  const withSecrets = secrets === true;
  const path = await newFile(resolve(context.workingFolder, file ?? '.'));
  const gateway = await import('@openclaw/gateway');
  const progress = terminal.progress('rows', 1);
  const signal = context.interrupted();
  const making = gateway.makeBackup(configOptions(context, config === undefined ? {} : { config }), {
    ...{ path, withSecrets, signal },
    progress: (rows, of) => progress.at(rows, of > 0 ? rows / of : 0),
  });
  const made = await orInterrupted(making, signal, 'No file was written.').finally(() => progress.end());
  const { manifest, tables, size } = made;
  const { files, key } = manifest.secrets;
  if (json) {
    return terminal.json({
      ...{ file: path, size_bytes: size, created_at: manifest.created_at, gateway_version: manifest.gateway },
      ...{ secrets: files, tables: rowCounts(tables) },
    });
  }
  terminal.print(`Backup: ${path}`);
  terminal.print(`Size: ${byteText(size)}`);
  terminal.print(`Rows: ${tables.reduce((sum, { rows }) => sum + rows, 0)} in ${tables.length} tables`);
  for (const [name, rows] of Object.entries(rowCounts(tables))) terminal.print(`  ${name}: ${rows}`);
  for (const line of aboutSecrets(withSecrets, files, key)) terminal.note(line);
}

function aboutSecrets(wanted: boolean, files: string[], key: string | null): string[] {
  const held =
    files.length > 0
      ? [`It holds ${files.join(' and ')}: whoever has the file has what they open. Keep it where only you get at it.`]
      : [];
  if (key === null) return [...held, 'No secret has been stored yet, so there is no key of theirs to keep.'];
  if (files.includes('secret.key')) return held;
  if (wanted)
    return [...held, 'The key of the stored secrets comes from OPENCLAW_SECRET_KEY and is not in it: keep that, too.'];
  return [
    'The key of the stored secrets is not in it, and without that they cannot be read again: keep secret.key of the data folder (or OPENCLAW_SECRET_KEY) elsewhere, or make the backup with --with-secrets.',
  ];
}

/** A backup never takes the place of another file. */
async function newFile(path: string): Promise<string> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return join(path, defaultName());
  if (there) throw new CommandFailed(`There is a file at ${path} already. Give another name, or move it away.`);
  const folder = dirname(path);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new CommandFailed(`There is no folder ${folder}. Make it first, or give another place.`);
  return path;
}

function defaultName(): string {
  return `openclaw-backup-${new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')}.tar.zst`;
}
