import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tenantUid } from './sandbox-users.js';

const LOOK_MS = 250;
/** What files take up beyond their contents. */
const SLACK_BYTES = 64 * 1024;
/** Of files and folders; more is as good as too much. */
const MOST_ENTRIES = 10_000;

/** A tenant's folder, which its skills may write to. */
export class Workspace {
  private constructor(
    readonly folder: string,
    readonly uid: number,
    private readonly quotaBytes: number,
  ) {}

  static async open(root: string, tenant: string, quotaBytes: number): Promise<Workspace> {
    const mark = createHash('sha256').update(tenant).digest('hex').slice(0, 16);
    const folder = join(root, `${tenant.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)}-${mark}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const uid = tenantUid(tenant);
    if (process.getuid?.() === 0) await chown(folder, uid, uid);
    return new Workspace(folder, uid, quotaBytes);
  }

  /** What is in it now, in bytes. */
  used(): Promise<number> {
    return bytesIn(this.folder);
  }

  /** What may still be written, in bytes. In a full folder files can be read and deleted. */
  left(used: number): number {
    return Math.max(0, this.quotaBytes - used);
  }

  /** Calls back once there is more in it than may be. Gives the function that ends the watching. */
  watch(used: number, onOverflow: () => void): () => void {
    const most = Math.max(this.quotaBytes, used) + SLACK_BYTES;
    let over = false;
    const look = async () => {
      const bytes = await bytesIn(this.folder);
      if (over) return;
      if (bytes > most) return onOverflow();
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    let timer = setTimeout(() => void look(), LOOK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  let entries = 0;
  const walk = async (path: string): Promise<void> => {
    for (const name of await namesIn(path)) {
      if (++entries > MOST_ENTRIES) {
        bytes = Number.POSITIVE_INFINITY;
        return;
      }
      const below = join(path, name);
      try {
        const stat = await lstat(below);
        if (stat.isDirectory()) await walk(below);
        else bytes += Math.max(stat.size, stat.blocks * 512);
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOENT') throw error;
      }
    }
  };
  await walk(folder);
  return bytes;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
}
