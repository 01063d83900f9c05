import { createHmac } from 'node:crypto';
import type { ChannelSetup } from '@openclaw/core';

export interface TelegramSettings {
  token: string;
  /** Default `https://api.telegram.org`. */
  apiRoot: string;
  /** Present: Telegram delivers there; absent: it is polled. */
  webhook?: { url: string; secret: string };
}

const API_ROOT = 'https://api.telegram.org';

/** Throws an `Error` that says which setting is wrong, without its value. */
export function telegramSettings({ name, settings }: Pick<ChannelSetup, 'name' | 'settings'>): TelegramSettings {
  const wrong = (key: string, wanted: string) => new Error(`channels.${name}.${key} must be ${wanted}`);
  const address = (key: string): string | undefined => {
    const value = settings[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || !/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
      throw wrong(key, 'an http:// or https:// URL');
    return value;
  };
  const { token, mode = 'polling', webhookSecret } = settings;
  // It becomes a part of addresses, so nothing else may be in it.
  if (typeof token !== 'string' || !/^\d{1,20}:[\w-]{1,200}$/.test(token))
    throw wrong('token', "a bot's token as @BotFather gives it, such as 123456:ABC-DEF");
  if (mode !== 'polling' && mode !== 'webhook') throw wrong('mode', '"polling" or "webhook"');
  if (webhookSecret !== undefined && (typeof webhookSecret !== 'string' || !/^[\w-]{1,256}$/.test(webhookSecret)))
    throw wrong('webhookSecret', '1 to 256 letters, digits, "_" and "-"');
  const url = address('webhookUrl');
  if (mode === 'webhook' && url === undefined)
    throw wrong('webhookUrl', 'the public address of this channel when mode is "webhook"');
  return {
    token,
    apiRoot: address('apiRoot') ?? API_ROOT,
    ...(mode === 'webhook' && url !== undefined && { webhook: { url, secret: webhookSecret ?? secretOf(token) } }),
  };
}

/** The same on every replica and after every start, and known to nobody who does not have the token. */
function secretOf(token: string): string {
  return createHmac('sha256', token).update('telegram webhook').digest('base64url');
}

/** The bot's own id is the part of its token that is not secret. */
export function botIdOf(token: string): string {
  return token.slice(0, token.indexOf(':'));
}
