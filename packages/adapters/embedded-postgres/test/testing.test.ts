import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { livePostmaster } from '../src/postmaster-file.js';
import { createDatabase, dropDatabase, startTestCluster, sweepTestClusters } from '../src/testing.js';
import { Bench, query } from './harness.js';

describe('startTestCluster', () => {
  it('serves over TCP and the socket, copies template databases, and leaves nothing behind', async () => {
    await using bench = new Bench();
    const cluster = await startTestCluster();
    bench.later(() => cluster.stop());
    expect(await query(cluster.socketUrl, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    const template = await cluster.createDatabase();
    await query(template, 'CREATE TABLE kept AS SELECT 1 AS one');
    const copy = await createDatabase(cluster.url, new URL(template).pathname.slice(1));
    expect(await query(copy, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await dropDatabase(cluster.url, copy);
    await expect(query(copy, 'SELECT 1')).rejects.toThrow('does not exist');
    await cluster.stop();
    expect(existsSync(homeOf(cluster.socketUrl))).toBe(false);
  });

  it('clears away the cluster of a test run that was killed, and no other', async () => {
    await using bench = new Bench();
    const killed = bench.program('test-cluster.mjs', []);
    const live = bench.program('test-cluster.mjs', []);
    const homes = [homeOf(await killed.line()), homeOf(await live.line())] as const;
    await killed.kill();
    await sweepTestClusters();
    expect(existsSync(homes[0])).toBe(false);
    expect(livePostmaster(`${homes[1]}/postgres`)).toBeDefined();
    await live.kill();
    await sweepTestClusters();
    expect(existsSync(homes[1])).toBe(false);
  });
});

/** The cluster's folder, from the folder of its socket. */
function homeOf(socketUrl: string): string {
  return dirname(new URL(socketUrl.replace('@/', '@socket/')).searchParams.get('host') ?? '');
}
