import { NotFound, Unavailable } from '../shared/errors.js';
import { type FetchedSkill, SkillRegistry } from './skill-registry.js';
import type { SkillManifest } from './skill.js';

export class InMemorySkillRegistry extends SkillRegistry {
  /** By name; the newest version last. */
  readonly published = new Map<string, FetchedSkill[]>();
  away = false;

  publish(manifest: SkillManifest): void {
    const { name, version } = manifest;
    const digest = `${name}-${version}`;
    const source = { name, integrity: `sha512-${digest}` };
    const fetched = { manifest, digest, package: source, packed: new TextEncoder().encode(digest) };
    this.published.set(name, [...(this.published.get(name) ?? []), fetched]);
  }

  async fetch(name: string, version: string | undefined, signal: AbortSignal): Promise<FetchedSkill> {
    signal.throwIfAborted();
    if (this.away) throw new Unavailable('The registry of skills does not answer');
    const versions = this.published.get(name) ?? [];
    const found =
      version === undefined ? versions.at(-1) : versions.find(({ manifest }) => manifest.version === version);
    if (!found) throw new NotFound(`There is no skill "${name}" in the registry`);
    return found;
  }
}
