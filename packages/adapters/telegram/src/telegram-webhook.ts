import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Backoff, ChannelHost, ChannelReply, ChannelRequest, ChannelState } from '@openclaw/core';
import type { Update, WebhookInfo } from 'telegraf/types';
import type { BotApi } from './bot-api.js';
import { ALLOWED_UPDATES } from './incoming-message.js';
import { tellOfSilence } from './tell-of-silence.js';

export interface Webhook {
  url: string;
  secret: string;
}

/** How often Telegram is asked whether it gets through, in ms. */
export const WATCH_MS = 2_000;
/** How long the answer to that is waited for, in ms. */
const LOOK_PATIENCE_MS = 8_000;
/** No update is as long: Telegram's longest message has 4,096 characters and as many entities as it likes. */
const LARGEST_UPDATE = 1_048_576;

/**
 * Has Telegram deliver, and looks every `watchMs` whether it does, until a call fails or `signal` is aborted; throws what the call threw, or the
 * signal's reason. The webhook stays when this ends: another replica, or this one after its start, goes on with it.
 */
export async function keepWebhook(
  api: BotApi,
  webhook: Webhook,
  host: Pick<ChannelHost, 'changed'>,
  backoff: Backoff,
  signal: AbortSignal,
  watchMs: number,
  quietMs: number,
): Promise<never> {
  const look = () => api.call<WebhookInfo>('getWebhookInfo', {}, signal, LOOK_PATIENCE_MS);
  await register(api, webhook, signal);
  // Telegram still remembers what went wrong before.
  const { last_error_date: past } = await look();
  host.changed({ status: 'connected' });
  let trouble: string | undefined;
  const state = (): ChannelState =>
    trouble === undefined ? { status: 'connected' } : { status: 'disconnected', error: trouble };
  for (;;) {
    await pauseFor(watchMs, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    const info = await tellOfSilence(look(), quietMs, host, state);
    backoff.reset();
    // Somebody else polled with this token, or took the webhook for himself.
    if (info.url !== webhook.url) await register(api, webhook, signal);
    const now = troubleOf(info, past);
    if (now === trouble) continue;
    trouble = now;
    host.changed(state());
  }
}

/** Undefined when Telegram delivers. The errors it remembers are old ones once nothing is left to deliver. */
function troubleOf(info: WebhookInfo, past: number | undefined): string | undefined {
  const { last_error_date: at, last_error_message: words, pending_update_count: pending } = info;
  if (at === undefined || at === past || pending === 0) return undefined;
  return `Telegram can't deliver to the webhook: ${String(words).slice(0, 200).toWellFormed()}`;
}

async function register(api: BotApi, { url, secret }: Webhook, signal: AbortSignal): Promise<void> {
  await api.call('setWebhook', { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES }, signal);
}

/** Whether the request comes from whom `setWebhook` told the secret; takes the same time whatever differs. */
export function knowsSecret({ headers }: Pick<ChannelRequest, 'headers'>, secret: string): boolean {
  const told = headers['x-telegram-bot-api-secret-token'];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof told === 'string' && timingSafeEqual(digest(told), digest(secret));
}

/** The update in a request that is known to come from Telegram, or the reply to one that has none. */
export function updateIn({ method, path, body }: ChannelRequest): Update | ChannelReply {
  if (path !== '/') return { status: 404 };
  if (method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
  if (body.length > LARGEST_UPDATE) return { status: 413 };
  try {
    const update: unknown = JSON.parse(body.toString());
    if (typeof update === 'object' && update !== null && 'update_id' in update && typeof update.update_id === 'number')
      return update as Update;
  } catch {
    // No JSON is no update either.
  }
  return { status: 400 };
}
