import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CheckedBackup } from '@openclaw/gateway';
import type { Command } from 'commander';
import { byteText, rowCounts } from '../backup-words.js';
import { CommandFailed } from '../command-failed.js';
import { configOptions, type Context } from '../context.js';
import { orInterrupted } from '../or-interrupted.js';
import { type ConfigOption, type JsonOption, withConfig, withExamples, withJson } from '../options.js';

interface RestoreOptions extends ConfigOption, JsonOption {
  check?: true;
  force?: true;
}

export function defineRestore(restore: Command, context: Context): void {
  restore
    .argument('<file>', 'as backup writes it')
    .option('--check', 'only read the file and say whether it is whole; nothing is changed')
    .option('--force', 'replace what is in the database');
  withExamples(withJson(withConfig(restore)), [
    ['openclaw restore --check backup.tar.zst', 'whether it could be restored, at any time'],
    ['openclaw restore backup.tar.zst', 'into an empty database; the gateway has to be stopped'],
    ['openclaw restore backup.tar.zst --force', 'in the place of what is there'],
    ['DATABASE_URL=postgres://… openclaw restore backup.tar.zst', 'move to a PostgreSQL server'],
  ]);
  restore.action((file: string, options: RestoreOptions) => restoreFile(file, options, context));
}

async function restoreFile(
  file: string,
  { json, config, check, force }: RestoreOptions,
  context: Context,
): Promise<void> {
  const { terminal } = context;
  const path = resolve(context.workingFolder, file);
  if (!(await stat(path).catch(() => undefined))?.isFile())
    throw new CommandFailed(`There is no file that can be read at ${path}.`);
  const gateway = await import('@openclaw/gateway');
  const signal = context.interrupted();
  const outcome = 'Nothing was changed.';
  if (check) {
    const checked = await orInterrupted(gateway.verifyBackup(path, signal), signal, outcome);
    return showChecked(checked, json === true, context);
  }
  const progress = terminal.progress('rows', 1);
  const restoring = gateway.restoreFrom(configOptions(context, config === undefined ? {} : { config }), {
    ...{ path, force: force === true, signal },
    replacing: (rows) => terminal.note(`Replacing ${countsText(rows)}.`),
    progress: (rows, of) => progress.at(rows, of > 0 ? rows / of : 1),
  });
  const restored = await orInterrupted(restoring, signal, outcome).finally(() => progress.end());
  const { checked, replaced, migrated, leftOut, files, readable } = restored;
  if (json) {
    terminal.json({
      ...{ file: path, ...facts(checked), restored: rowCounts(checked.tables), replaced },
      ...{ migrations: migrated, left_out: leftOut, secrets: files, secrets_readable: readable },
    });
  } else {
    const counts = rowCounts(checked.tables);
    terminal.print(`Restored: ${path}, of ${checked.manifest.created_at}`);
    terminal.print(`Rows: ${Object.values(counts).reduce((sum, rows) => sum + rows, 0)}`);
    for (const [name, rows] of Object.entries(counts)) terminal.print(`  ${name}: ${rows}`);
    if (migrated.length > 0) terminal.print(`Brought up to date: ${migrated.length} migrations`);
    if (files.length > 0) terminal.print(`Written into the data folder: ${files.join(', ')}`);
  }
  if (leftOut.length > 0)
    terminal.note(
      `Left out, for they are no tables of the gateway: ${leftOut.map((name) => terminal.foreign(name)).join(', ')}.`,
    );
  if (!readable)
    terminal.note(
      'The stored secrets were sealed with another key than the one here. Before the gateway is started, put the secret.key (or OPENCLAW_SECRET_KEY) of the gateway that was backed up in its place; else settings with secrets and webhook secrets have to be set anew.',
    );
}

function showChecked(checked: CheckedBackup, json: boolean, { terminal }: Context): void {
  const counts = rowCounts(checked.tables);
  if (json) return terminal.json({ ...facts(checked), secrets: checked.manifest.secrets.files, tables: counts });
  const { created_at, gateway, secrets } = checked.manifest;
  terminal.print(`The backup is whole: ${byteText(checked.size)}, of ${created_at}, by gateway ${gateway}`);
  terminal.print(`Secrets: ${secrets.files.join(', ') || 'none'}`);
  for (const [name, rows] of Object.entries(counts)) terminal.print(`  ${name}: ${rows}`);
}

function facts({ manifest, size }: CheckedBackup) {
  return { created_at: manifest.created_at, gateway_version: manifest.gateway, size_bytes: size };
}

function countsText(rows: Record<string, number>): string {
  return Object.entries(rows)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
}
