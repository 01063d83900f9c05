import { describe, expect, it } from '@jest/globals';
import { telegramSettings } from './telegram-settings.js';

const token = '123456:ABC-DEF_1';
const read = (settings: Record<string, unknown>) =>
  telegramSettings({ name: 'support', settings: { token, ...settings } });

describe('telegramSettings', () => {
  it('polls Telegram by itself', () => {
    expect(read({})).toEqual({ token, apiRoot: 'https://api.telegram.org' });
  });

  it('makes a secret for the webhook that is the same everywhere and shows nothing of the token', () => {
    const settings = { mode: 'webhook', webhookUrl: 'https://gateway.example/channels/support' };
    const { webhook } = read(settings);
    expect(webhook?.secret).toMatch(/^[\w-]{43}$/);
    expect(read(settings).webhook).toEqual(webhook);
    expect(read({ ...settings, token: '123456:other' }).webhook).not.toEqual(webhook);
    expect(read({ ...settings, webhookSecret: 'own' }).webhook?.secret).toBe('own');
  });

  it.each([
    ['token', { token: undefined }],
    ['token', { token: 'no-token' }],
    ['token', { token: '1:a/../b' }],
    ['mode', { mode: 'push' }],
    ['webhookUrl', { mode: 'webhook' }],
    ['webhookUrl', { mode: 'webhook', webhookUrl: 'gateway.example' }],
    ['webhookSecret', { webhookSecret: 'with blank' }],
    ['apiRoot', { apiRoot: 'ftp://a.example' }],
  ])('names what is wrong: %s', (key, settings) => {
    expect(() => read(settings)).toThrow(`channels.support.${key} must be`);
    expect(() => read({ token: 'sensitive', ...settings })).not.toThrow(/sensitive/);
  });
});
