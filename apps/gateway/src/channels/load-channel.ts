import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateChannel } from '@openclaw/core';
import { BUILT_IN_CHANNELS } from './built-in-channels.js';

/** A channel that can't be loaded. The message is for people, and for the channel's status. */
export class ChannelNotLoaded extends Error {}

/**
 * What makes a channel: the package that `module` names, else the built-in one of that name. Packages are looked for in the data
 * folder (`npm install` there), then where the gateway was started, then beside the gateway; a path is one from the data folder.
 */
export async function loadChannel(name: string, module: string | undefined, home: string): Promise<CreateChannel> {
  const load = BUILT_IN_CHANNELS[name];
  if (module === undefined && !load) throw new ChannelNotLoaded(`This gateway was built without the channel ${name}`);
  const loaded: object = module === undefined ? ((await load?.()) ?? {}) : await importModule(module, home);
  if ('createChannel' in loaded && typeof loaded.createChannel === 'function')
    return loaded.createChannel as CreateChannel;
  throw new ChannelNotLoaded(`The package ${module ?? name} exports no createChannel`);
}

async function importModule(module: string, home: string): Promise<object> {
  const file = await find(module, home);
  if (file === undefined) {
    const message = `The package ${module} is not installed; install it in the data folder: npm install --prefix ${home} ${module}`;
    throw new ChannelNotLoaded(message);
  }
  return (await import(pathToFileURL(file).href)) as object;
}

async function find(module: string, home: string): Promise<string | undefined> {
  if (module.startsWith('.') || isAbsolute(module)) {
    const file = resolve(home, module);
    return existsSync(file) ? file : undefined;
  }
  for (const folder of [home, process.cwd(), import.meta.dirname]) {
    const from = join(folder, 'index.js');
    try {
      return createRequire(from).resolve(module);
    } catch {
      // Not there, or a package for `import` alone, which `require.resolve` does not see.
      const file = await importEntry(module, from);
      if (file !== undefined) return file;
    }
  }
  return undefined;
}

/** The main file of a package whose `exports` know `import` only. */
async function importEntry(module: string, from: string): Promise<string | undefined> {
  const manifest = packageOf(module, from);
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(await readFile(manifest, 'utf8')) as { exports?: unknown };
  const root = typeof exports === 'object' && exports !== null && '.' in exports ? exports['.'] : exports;
  const entry = conditional(root);
  return entry === undefined ? undefined : join(dirname(manifest), entry);
}

function packageOf(module: string, from: string): string | undefined {
  try {
    return findPackageJSON(module, pathToFileURL(from));
  } catch {
    // It throws where there is no such package.
    return undefined;
  }
}

function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, value] of Object.entries(target))
    if (['node', 'import', 'default'].includes(condition)) {
      const entry = conditional(value);
      if (entry !== undefined) return entry;
    }
  return undefined;
}
