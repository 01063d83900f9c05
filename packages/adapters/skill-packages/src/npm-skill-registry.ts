import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FetchedSkill, InvalidInput, NotFound, SkillFailed, SkillRegistry, Unavailable } from '@openclaw/core';
import type { Options } from 'pacote';
import { digestOf } from './file-tree.js';
import { PACKAGE_LIMITS, type PackageLimits } from './limits.js';
import { packageJson, readManifest } from './read-manifest.js';
import { unpack } from './unpack.js';

export interface RegistrySettings {
  /** Undefined: skills are not installed here. */
  url: string | undefined;
  /** `@scope`: the only one that skills are installed from; a name without a scope is looked for in it. */
  scope: string | undefined;
  token: string | undefined;
  /** For one request. */
  timeoutMs: number;
}

const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
/** A version, a range or a tag; nothing that could be an address or a path. */
const VERSION = /^[0-9A-Za-z.^~<>=|*+ -]{1,100}$/;
const LONGEST_NAME = 214;

/** Fetches packages from a registry that speaks npm's protocol. */
export class NpmSkillRegistry extends SkillRegistry {
  constructor(
    private readonly settings: () => RegistrySettings,
    private readonly limits: PackageLimits = PACKAGE_LIMITS,
  ) {
    super();
  }

  async fetch(name: string, version: string | undefined, signal: AbortSignal): Promise<FetchedSkill> {
    const settings = this.settings();
    const { url } = settings;
    if (url === undefined)
      throw new Unavailable('Skills are installed from no registry; set skills.registry', { retryAfterSeconds: 60 });
    const fullName = packageName(name, settings.scope);
    if (version !== undefined && !VERSION.test(version))
      throw InvalidInput.field('version', 'version must be a version like 1.2.0, a range or a tag');
    const cache = await mkdtemp(join(tmpdir(), 'openclaw-skill-'));
    try {
      return await this.fetchInto(cache, fullName, version ?? 'latest', { ...settings, url }, signal);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  }

  private async fetchInto(
    cache: string,
    name: string,
    version: string,
    settings: RegistrySettings & { url: string },
    signal: AbortSignal,
  ): Promise<FetchedSkill> {
    const { default: pacote } = await import('pacote');
    const options = optionsOf(settings, cache, signal);
    try {
      const found = await pacote.manifest(`${name}@${version}`, options);
      if (found.name !== name) throw new SkillFailed(`The registry gave ${JSON.stringify(found.name)} for "${name}"`);
      const { _integrity: integrity, _resolved: resolved } = found;
      if (typeof integrity !== 'string' || !/\bsha512-/.test(integrity))
        throw new SkillFailed(`The registry gives no sha512 for ${name}@${found.version}`);
      if (typeof resolved !== 'string' || new URL(resolved).origin !== new URL(settings.url).origin)
        throw new SkillFailed(`The registry keeps ${name}@${found.version} at another place`);
      const packed = await this.download(`${name}@${found.version}`, { ...options, integrity, resolved });
      return await this.read(name, found.version, integrity, packed);
    } catch (error) {
      signal.throwIfAborted();
      throw understood(error, name, version);
    }
  }

  private async download(spec: string, options: Options): Promise<Buffer> {
    const { default: pacote } = await import('pacote');
    return pacote.tarball.stream(
      spec,
      async (stream) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of stream) {
          bytes += chunk.length;
          if (bytes > this.limits.packedBytes)
            throw new SkillFailed(`The package is larger than ${this.limits.packedBytes} bytes`);
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      },
      options,
    );
  }

  private async read(name: string, version: string, integrity: string, packed: Buffer): Promise<FetchedSkill> {
    const tree = await unpack(packed, this.limits);
    const manifest = readManifest(tree);
    const inside = packageJson(tree);
    if (inside['name'] !== name || inside['version'] !== version)
      throw new SkillFailed(`The package of ${name}@${version} says that it is another one`);
    const bare = name.replace(/^.*\//, '');
    if (manifest.name !== bare)
      throw new SkillFailed(`SKILL.md names "${manifest.name}", the package "${bare}"; they must be the same`);
    return { manifest: { ...manifest, version }, digest: digestOf(tree), package: { name, integrity }, packed };
  }
}

function packageName(name: string, scope: string | undefined): string {
  const scoped = scope === undefined || name.startsWith('@') ? name : `${scope}/${name}`;
  if (scoped.length > LONGEST_NAME || !PACKAGE_NAME.test(scoped))
    throw InvalidInput.field(
      'name',
      'name must be the name of a package in lower-case letters, digits, ".", "_" and "-"',
    );
  // A package of the same name elsewhere must not come in its place.
  if (scope !== undefined && !scoped.startsWith(`${scope}/`))
    throw new NotFound(`There is no skill "${name}": skills are installed from the scope ${scope} only`);
  return scoped;
}

function optionsOf(settings: RegistrySettings & { url: string }, cache: string, signal: AbortSignal): Options {
  const registry = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const { host, pathname } = new URL(registry);
  return {
    registry,
    cache,
    signal,
    ...(settings.scope !== undefined && { [`${settings.scope}:registry`]: registry }),
    ...(settings.token !== undefined && { [`//${host}${pathname}:_authToken`]: settings.token }),
    ignoreScripts: true,
    allowGit: 'none',
    allowRemote: 'none',
    allowFile: 'none',
    allowDirectory: 'none',
    replaceRegistryHost: 'never',
    timeout: settings.timeoutMs,
    fetchRetries: 0,
    retry: { retries: 0 },
  };
}

function understood(error: unknown, name: string, version: string): unknown {
  if (error instanceof SkillFailed) return error;
  const { code = '', statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'ETARGET' || code === 'EVERSION' || code === 'ENOVERSIONS')
    return new NotFound(`There is no version "${version}" of the skill "${name}"`, { cause: error });
  if (statusCode === 404 || code === 'E404')
    return new NotFound(`There is no skill "${name}" in the registry`, { cause: error });
  if (statusCode === 401 || statusCode === 403)
    return new Unavailable('The registry of skills refuses our token (skills.token)', {
      cause: error,
      retryAfterSeconds: 60,
    });
  if (code === 'EINTEGRITY' || code === 'EBADSIZE' || code.startsWith('Z_') || code === 'EJSONPARSE')
    return new SkillFailed(`The package of "${name}" is not what the registry says it is`, { cause: error });
  return new Unavailable('The registry of skills does not answer', { cause: error, retryAfterSeconds: 5 });
}
