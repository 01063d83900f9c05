import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { locateCluster } from '../../../../packages/adapters/embedded-postgres/src/cluster-location.js';
import { livePostmaster } from '../../../../packages/adapters/embedded-postgres/src/postmaster-file.js';
import { Postmaster } from '../../../../packages/adapters/embedded-postgres/src/postmaster.js';
import { later } from './cleanup.js';

const STOP_PATIENCE_MS = 10_000;

/**
 * A person's home folder for one gateway or several in turn. At the end of the test file it is removed, and with it the embedded
 * database that a killed gateway left running.
 */
export function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-e2e-')));
  // Where the tests are run by root, the embedded database has a user of its own, who has to come through here.
  chmodSync(home, 0o711);
  later(async () => {
    const dataFolder = join(home, '.openclaw');
    if (!existsSync(join(dataFolder, 'postgres.password'))) return rmSync(home, { recursive: true, force: true });
    const { base, data } = locateCluster(dataFolder);
    const running = livePostmaster(data);
    if (running) await Postmaster.adopt(data, running.pid).stop(STOP_PATIENCE_MS);
    for (const folder of [home, base]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return home;
}

/** Writes a file below a home folder, with the folders on the way. */
export function writeHomeFile(home: string, name: string, text: string): void {
  const file = join(home, name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  writeFileSync(file, text);
}
