import { InMemorySettingsStore } from '@openclaw/core/testing';
import { rename, rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { LiveConfig } from './live-config.js';
import { ConfigError } from './problem.js';
import { SecretBox } from './secret-box.js';
import { StoredSettings } from './stored-settings.js';
import { problemsOf, TestHome } from './testing.js';
import { watchFiles } from './watch-files.js';

const YAML = '.openclaw/gateway.yaml';
const box = new SecretBox(Buffer.alloc(32, 1), 'the test');
const settingsOn = (store = new InMemorySettingsStore()) => new StoredSettings(store, async () => box);

describe('reload', () => {
  it('takes over what may change live, and reports what waits for a restart', async () => {
    await using home = await TestHome.with({ [YAML]: 'gateway: { port: 1, drainMs: 1 }' });
    const live = await LiveConfig.load(home.options());
    const drainMs = live.slice((config) => config.gateway.drainMs);
    const heard: unknown[] = [];
    live.onChange((paths, config) => heard.push([paths, config.gateway.drainMs]));

    await home.write(YAML, 'gateway: { port: 2, drainMs: 2 }\nlogging: { dir: elsewhere }');
    expect(await live.reload()).toEqual({
      applied: ['gateway.drainMs'],
      restartPaths: ['gateway.port', 'logging.dir'],
    });
    expect([live.current.gateway.port, live.wanted.gateway.port, drainMs()]).toEqual([1, 2, 2]);
    expect(live.current.api.port).toBe(1);
    expect(heard).toEqual([[['gateway.drainMs'], 2]]);
    expect(Object.isFrozen(live.current.gateway)).toBe(true);

    await home.write(YAML, 'gateway: { port: 1, drainMs: 2 }');
    expect(await live.reload()).toEqual({ applied: [], restartPaths: [] });
    expect(heard).toHaveLength(1);
  });

  it('keeps everything when the files are wrong', async () => {
    await using home = await TestHome.with({ [YAML]: 'gateway: { drainMs: 1 }' });
    const live = await LiveConfig.load(home.options());
    const before = live.current;
    await home.write(YAML, 'gateway: { drainMs: x, prot: 1 }');
    expect(await problemsOf(() => live.reload())).toHaveLength(2);
    expect(live.current).toBe(before);
  });

  it('does not open a bound gateway while a change of the bind waits for its restart', async () => {
    await using home = await TestHome.with({ [YAML]: 'gateway: { bind: lan }' });
    const live = await LiveConfig.load(home.options());
    await home.write(YAML, 'gateway: { bind: loopback, auth: { enabled: false } }');
    const found = await problemsOf(() => live.reload());
    expect(found).toEqual([
      expect.objectContaining({
        path: 'gateway.bind',
        message: expect.stringContaining('until the restart that gateway.bind needs'),
      }),
    ]);
    expect(live.current.authEnabled).toBe(true);
  });

  it('lets a listener go', async () => {
    await using home = await TestHome.with();
    const live = await LiveConfig.load(home.options());
    let calls = 0;
    const stop = live.onChange(() => (calls += 1));
    stop();
    await home.write(YAML, 'gateway: { drainMs: 1 }');
    await live.reload();
    expect(calls).toBe(0);
  });
});

describe('watching', () => {
  const quick = { intervalMs: 5, settleMs: 5 };

  /** Does something, and waits until the watcher has reported what is hoped for: a half-written file may be reported before it. */
  function watched(live: LiveConfig) {
    let report: (what: unknown) => void = () => undefined;
    live.watch({ ...quick, onReloaded: (change) => report(change), onBroken: (error) => report(error) });
    return async (act: () => Promise<unknown>, hoped: (report: unknown) => boolean) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      report = (what) => {
        if (hoped(what)) resolve();
      };
      // The watcher does not keep a process alive; the test has to.
      const alive = setInterval(() => undefined, 1_000);
      try {
        await act();
        await promise;
      } finally {
        clearInterval(alive);
      }
    };
  }

  it('sees a file that appears in a new folder, is replaced, broken, repaired and removed', async () => {
    await using home = await TestHome.with();
    const live = await LiveConfig.load(home.options());
    const until = watched(live);
    const drains = (ms: number) => () => live.current.gateway.drainMs === ms;
    try {
      await until(() => home.write(YAML, 'gateway: { drainMs: 1 }'), drains(1));
      await home.write('draft', 'gateway: { drainMs: 22 }');
      await until(() => rename(home.file('draft'), home.file(YAML)), drains(22));
      await home.write('draft', 'gateway: { drainMs: [oops] }');
      await until(
        () => rename(home.file('draft'), home.file(YAML)),
        (report) => report instanceof ConfigError,
      );
      expect(live.current.gateway.drainMs).toBe(22);
      await until(() => home.write(YAML, 'gateway: { drainMs: 333 }'), drains(333));
      await until(() => rm(home.file(YAML)), drains(20_000));
    } finally {
      live.close();
    }
  });

  it('leaves the files alone where reload is "off"', async () => {
    await using home = await TestHome.with({ [YAML]: 'gateway: { reload: off, drainMs: 1 }' });
    const live = await LiveConfig.load(home.options());
    const reports: unknown[] = [];
    const seen = Promise.withResolvers<void>();
    live.watch({ ...quick, onReloaded: (change) => reports.push(change), onBroken: (error) => reports.push(error) });
    const stop = watchFiles([home.file(YAML)], seen.resolve, { intervalMs: 20, settleMs: 100 });
    const alive = setInterval(() => undefined, 1_000);
    try {
      await home.write(YAML, 'gateway: { reload: off, drainMs: 2 }');
      await seen.promise;
      expect(reports).toEqual([]);
      expect(live.current.gateway.drainMs).toBe(1);
      expect(await live.reload()).toEqual({ applied: ['gateway.drainMs'], restartPaths: [] });
    } finally {
      clearInterval(alive);
      stop();
      live.close();
    }
  });
});

describe('stored overrides', () => {
  it('lie between the files and the environment, and before the start also move what needs a restart', async () => {
    await using home = await TestHome.with({
      [YAML]: 'gateway: { port: 1, drainMs: 1, mode: local }\nlogging: { level: warn }',
    });
    const settings = settingsOn();
    await settings.save(0, { gateway: { port: 2, drainMs: 2 }, logging: { level: 'error' } });
    const live = await LiveConfig.load(home.options({ OPENCLAW_LOG_LEVEL: 'debug' }));
    await live.attach(settings);
    expect([live.current.gateway.port, live.current.gateway.drainMs, live.current.logging.level]).toEqual([
      2,
      2,
      'debug',
    ]);
  });

  it('of another replica are picked up', async () => {
    await using home = await TestHome.with();
    const store = new InMemorySettingsStore();
    const live = await LiveConfig.load(home.options());
    await live.attach(settingsOn(store));
    expect(await live.refreshStored()).toBeUndefined();
    await settingsOn(store).save(0, { gateway: { drainMs: 7, port: 9 } });
    expect(await live.refreshStored()).toEqual({ applied: ['gateway.drainMs'], restartPaths: ['gateway.port'] });
    expect(live.current.gateway.drainMs).toBe(7);
    expect(await live.refreshStored()).toBeUndefined();
  });

  it('that do not fit the files are named as what they are', async () => {
    await using home = await TestHome.with();
    const settings = settingsOn();
    await settings.save(0, { gateway: { auth: { enabled: false }, bind: 'all' } });
    const live = await LiveConfig.load(home.options());
    expect(await problemsOf(() => live.attach(settings))).toEqual([
      expect.objectContaining({ path: 'gateway.bind', file: expect.stringContaining('stored settings') }),
    ]);
    expect(live.current.gateway.bind).toBe('loopback');
  });
});
