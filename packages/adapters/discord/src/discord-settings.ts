import type { ChannelSetup } from '@openclaw/core';

export interface DiscordSettings {
  token: string;
  /** Without the version; default `https://discord.com/api`. */
  apiRoot: string;
  /** In the place of what the API names. */
  gatewayUrl?: string;
}

const API_ROOT = 'https://discord.com/api';

/** Throws an `Error` that says which setting is wrong, without its value. */
export function discordSettings({ name, settings }: Pick<ChannelSetup, 'name' | 'settings'>): DiscordSettings {
  const wrong = (key: string, wanted: string) => new Error(`channels.${name}.${key} must be ${wanted}`);
  const address = (key: string, protocol: 'http' | 'ws'): string | undefined => {
    const value = settings[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || !new RegExp(`^${protocol}s?:$`).test(URL.parse(value)?.protocol ?? ''))
      throw wrong(key, `an address that begins with ${protocol}:// or ${protocol}s://`);
    return value.replace(/\/+$/, '');
  };
  // With the word "Bot" before it, as it stands in some examples of requests, it is taken too.
  const token = typeof settings.token === 'string' ? settings.token.trim().replace(/^Bot /, '') : '';
  if (!/^[\w.-]{1,200}$/.test(token)) throw wrong('token', "the bot's token as the Developer Portal shows it");
  const gatewayUrl = address('gatewayUrl', 'ws');
  return {
    token,
    apiRoot: address('apiRoot', 'http') ?? API_ROOT,
    ...(gatewayUrl !== undefined && { gatewayUrl }),
  };
}
