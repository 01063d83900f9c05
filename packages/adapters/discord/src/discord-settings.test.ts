import { describe, expect, it } from '@jest/globals';
import { discordSettings } from './discord-settings.js';

const token = 'MTA.GxY-z_1.abc';
const read = (settings: Record<string, unknown>) =>
  discordSettings({ name: 'community', settings: { token, ...settings } });

describe('discordSettings', () => {
  it('goes to Discord by itself, with the token as people paste it', () => {
    expect(read({})).toEqual({ token, apiRoot: 'https://discord.com/api' });
    expect(read({ token: `Bot ${token} ` }).token).toBe(token);
  });

  it('goes elsewhere where it is told to', () => {
    const elsewhere = { apiRoot: 'http://127.0.0.1:1/api/', gatewayUrl: 'ws://127.0.0.1:1/' };
    expect(read(elsewhere)).toEqual({ token, apiRoot: 'http://127.0.0.1:1/api', gatewayUrl: 'ws://127.0.0.1:1' });
  });

  it.each([
    ['token', { token: undefined }],
    ['token', { token: 'with blank' }],
    ['apiRoot', { apiRoot: 'ws://a.example' }],
    ['gatewayUrl', { gatewayUrl: 'https://a.example' }],
    ['gatewayUrl', { gatewayUrl: 5 }],
  ])('names what is wrong: %s', (key, settings) => {
    expect(() => read(settings)).toThrow(`channels.community.${key} must be`);
  });
});
