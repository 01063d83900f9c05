import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { GATEWAY_ENVIRONMENT, GATEWAY_FLAGS } from '../scripts/toolchain.mjs';
import { EmbeddedPostgres } from '../packages/adapters/embedded-postgres/dist/index.js';
import { startServer, startWorker } from './child.mjs';

export const TOKEN = 'bench-operator-token';
/** Reads the tenant `listing`, which nobody else writes to. */
export const LISTING_TOKEN = 'bench-listing-token';
export const POOL_SIZE = 10;
/** What the model says: as many tokens as words. */
const ANSWER =
  'Your order 4711 left our warehouse this morning and will be with you on Thursday before noon, as you had asked us to.';
export const LONG_ANSWER_WORDS = 1_000;
export const TICKER_WORDS = 200;
const SPEAKER_WORDS = 10;
export const SPEAKER_PAUSE_MS = 5;

/** Everything the sections need, each in a process of its own. `release` ends it all and leaves nothing behind. */
export async function openSurroundings({ fsync }) {
  const opened = new AsyncDisposableStack();
  const release = onceOnly(() => opened.disposeAsync());
  try {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
    opened.defer(() => rmSync(folder, { recursive: true, force: true }));
    // The database's user has to get through where that is not ours.
    chmodSync(folder, 0o711);

    const server = await startDatabase(join(folder, 'database'), fsync, opened);
    const database = new pg.Pool({ connectionString: server.url, max: 2 });
    database.on('error', () => undefined);
    opened.defer(() => database.end());

    const model = await startServer('../test/model-server/main.ts', { args: ['--answer', ANSWER] });
    opened.defer(() => model.stop());
    const talker = await startServer('../test/model-server/main.ts', {
      args: ['--answer', 'word '.repeat(LONG_ANSWER_WORDS).trim()],
    });
    opened.defer(() => talker.stop());
    const ticker = await startServer('servers/ticker.mjs', { env: { TICKER_WORDS: String(TICKER_WORDS) } });
    opened.defer(() => ticker.stop());
    const speaker = await startServer('servers/ticker.mjs', {
      env: { TICKER_WORDS: String(SPEAKER_WORDS), TICKER_PAUSE_MS: String(SPEAKER_PAUSE_MS) },
    });
    opened.defer(() => speaker.stop());
    const load = startWorker('load/worker.mjs');
    opened.defer(() => load.stop());

    let gateways = 0;
    // They share a database, and so the key of what is stored there encrypted.
    const secretKey = randomBytes(32).toString('base64');
    /** A fresh gateway on the same database; `clients`, `{ tenant, token }`, may read and write as well. */
    const startGateway = async (flags = [], clients = []) => {
      const home = join(folder, `gateway-${gateways++}`);
      mkdirSync(home, { mode: 0o700 });
      const config = join(home, 'gateway.json5');
      writeFileSync(config, JSON.stringify(configuration(server.url, { model, talker, ticker, speaker }, clients)));
      const gateway = await startServer('servers/gateway.mjs', {
        flags: [...GATEWAY_FLAGS, ...flags],
        env: {
          ...GATEWAY_ENVIRONMENT,
          OPENCLAW_CONFIG: config,
          OPENCLAW_HOME: home,
          OPENCLAW_SECRET_KEY: secretKey,
        },
      });
      const stop = onceOnly(() => gateway.stop());
      opened.defer(stop);
      return { ...gateway, stop, chat: `${gateway.url}/api/v1/chat` };
    };
    const startFloor = async () => {
      await database.query(`drop schema if exists floor cascade;
        create schema floor;
        create table floor.conversations (like public.conversations including all);
        create table floor.messages (like public.messages including all)`);
      const floor = await startServer('servers/floor.mjs', {
        env: { FLOOR_TOKEN: TOKEN, FLOOR_DATABASE: server.url, FLOOR_MODEL: model.url, FLOOR_POOL: String(POOL_SIZE) },
      });
      opened.defer(() => floor.stop());
      return { ...floor, chat: `${floor.url}/api/v1/chat` };
    };
    /** A bare proxy before this model. */
    const startProxy = async ({ url }) => {
      const proxy = await startServer('servers/proxy.mjs', { env: { PROXY_MODEL: url } });
      opened.defer(() => proxy.stop());
      return proxy;
    };
    return {
      database,
      databaseUrl: server.url,
      databasePid: () => server.pid,
      model,
      ticker,
      speaker,
      load,
      startGateway,
      startFloor,
      startProxy,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function startDatabase(home, fsync, opened) {
  const server = await EmbeddedPostgres.start({ home, fsync });
  // Root's cluster lies elsewhere when the temporary folder is closed to the database's user.
  const note = join(home, 'postgres.location');
  const elsewhere = existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
  opened.defer(async () => {
    await server.stop();
    if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  });
  return server;
}

/** As in production, but for limits on requests. */
function configuration(databaseUrl, { model, talker, ticker, speaker }, clients) {
  const provider = (model, { url }) => ({ type: 'openai-compatible', model, base_url: `${url}/v1` });
  const unlimited = { maxRequests: 10_000_000 };
  return {
    gateway: {
      port: 0,
      auth: { token: TOKEN },
      http: { endpoints: { chatCompletions: { enabled: true } } },
    },
    agents: { ticker: { model: 'ticker/tick' }, speaker: { model: 'speaker/speak' } },
    api: {
      rateLimit: { global: unlimited, perToken: unlimited },
      auth: {
        tokens: [
          { name: 'bench-listing', token: LISTING_TOKEN, scope: ['read'], tenant: 'listing', rateLimit: 1_000_000 },
          ...clients.map(({ tenant, token }) => ({
            ...{ name: `bench-${tenant}`, token, scope: ['read', 'chat', 'admin'], tenant, rateLimit: 1_000_000 },
          })),
        ],
      },
    },
    providers: {
      primary: provider('model-a', model),
      talker: provider('talk', talker),
      ticker: provider('tick', ticker),
      speaker: provider('speak', speaker),
    },
    database: { url: databaseUrl, poolSize: POOL_SIZE },
    logging: { console: 'off', file: true },
  };
}

function onceOnly(work) {
  let done;
  return () => (done ??= work());
}
