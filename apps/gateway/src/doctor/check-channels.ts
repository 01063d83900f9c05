import { channelError, type ChannelState, type Logger } from '@openclaw/core';
import { Client } from 'pg';
import { loadChannel } from '../channels/load-channel.js';
import type { GatewayConfig } from '../config/index.js';
import { borrowDatabasePlace } from '../storage.js';
import { fail, type Finding, ok, warn } from './finding.js';

const PATIENCE_MS = 5_000;

type Settings = NonNullable<GatewayConfig['channels'][string]>;
/** Of channels that a running gateway holds. */
export type Links = ReadonlyMap<string, ChannelState>;

/**
 * Whether each configured channel can be made of its settings, its platform takes them, and a gateway that runs is connected. `readLinks` is
 * asked once, if there is a channel to ask for.
 */
export async function checkChannels(
  { channels, home }: Pick<GatewayConfig, 'channels' | 'home'>,
  logger: Logger,
  readLinks: () => Promise<Links>,
): Promise<Finding[]> {
  const all = Object.entries<Settings | undefined>(channels);
  if (!all.some(([, settings]) => settings?.enabled)) return all.map(([name]) => switchedOff(name));
  const links = await readLinks();
  return Promise.all(
    all.flatMap(([name, settings]) => (settings ? [checkChannel(name, settings, home, logger, links.get(name))] : [])),
  );
}

async function checkChannel(
  name: string,
  settings: Settings,
  home: string,
  logger: Logger,
  link: ChannelState | undefined,
): Promise<Finding> {
  const check = `channel ${name}`;
  if (!settings.enabled) return switchedOff(name);
  let port;
  try {
    const module = typeof settings.module === 'string' ? settings.module : undefined;
    const create = await loadChannel(name, module, home);
    port = await create({ name, settings, logger });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail(
      check,
      message,
      `Correct channels.${name}; what it wants: openclaw config validate, docs/configuration.md.`,
    );
  }
  try {
    await port.check(AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    const message = channelError(error)?.message ?? `no answer within ${PATIENCE_MS / 1_000} s`;
    return fail(
      check,
      message,
      `Correct the tokens and addresses in channels.${name}, or the network on the way there.`,
    );
  } finally {
    await port.close();
  }
  return connection(check, link);
}

function connection(check: string, link: ChannelState | undefined): Finding {
  if (!link) return ok(check, 'the platform takes its settings; no gateway is connected now');
  if (link.status === 'connected') return ok(check, 'the platform takes its settings; a gateway is connected');
  const why = link.error === undefined ? '' : `: ${link.error}`;
  const message = `the platform takes its settings, but the gateway that runs is ${link.status}${why}`;
  return warn(check, message, 'If that lasts, see what it says: openclaw logs --component channels');
}

function switchedOff(name: string): Finding {
  return ok(`channel ${name}`, `switched off (channels.${name}.enabled)`);
}

/** As the gateways that share the database have written down. */
export async function readChannelLinks(config: GatewayConfig): Promise<Links> {
  const place = await borrowDatabasePlace(config);
  const client = new Client({ connectionString: place.url, query_timeout: PATIENCE_MS });
  // The connection's end is seen by the query that was under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows: found } = await client.query<{ there: boolean }>(
      `select to_regclass('channel_links') is not null as there`,
    );
    if (!found[0]?.there) return new Map();
    const { rows } = await client.query<{ channel: string; status: ChannelState['status']; last_error: string | null }>(
      'select channel, status, last_error from channel_links where holder is not null and lease_until > now()',
    );
    return new Map(
      rows.map(({ channel, status, last_error: error }) => [channel, { status, ...(error !== null && { error }) }]),
    );
  } finally {
    await client.end();
    await place.release();
  }
}
