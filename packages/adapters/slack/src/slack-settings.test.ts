import { describe, expect, it } from '@jest/globals';
import { readSettings } from './slack-settings.js';

const botToken = 'xoxb-secret';

describe('readSettings', () => {
  it('knows both modes', () => {
    expect(readSettings('slack', { botToken, appToken: 'xapp-1', agent: 'main' })).toEqual({
      botToken,
      apiRoot: 'https://slack.com/api/',
      mode: 'socket',
      appToken: 'xapp-1',
    });
    expect(
      readSettings('slack', { botToken, mode: 'http', signingSecret: 's', apiRoot: 'http://127.0.0.1:1/api' }),
    ).toEqual({
      botToken,
      apiRoot: 'http://127.0.0.1:1/api/',
      mode: 'http',
      signingSecret: 's',
    });
  });

  it.each([
    [{}, 'channels.work.botToken'],
    [{ botToken: 7 }, 'channels.work.botToken'],
    [{ botToken }, 'channels.work.appToken'],
    [{ botToken, mode: 'http' }, 'channels.work.signingSecret'],
    [{ botToken, mode: 'rtm' }, 'channels.work.mode'],
    [{ botToken, appToken: 'a', apiRoot: 'slack.com' }, 'channels.work.apiRoot'],
  ])('says which key is wrong in %j', (settings, key) => {
    expect(() => readSettings('work', settings)).toThrow(key);
    expect(() => readSettings('work', settings)).not.toThrow(botToken);
  });
});
