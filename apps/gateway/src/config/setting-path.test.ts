import { describe, expect, it } from '@jest/globals';
import { patchOf, unknownPath } from './setting-path.js';

describe('unknownPath', () => {
  it.each([
    'gateway',
    'gateway.port',
    'gateway/auth/token',
    'agents.poet.model',
    'tenants.anything.at.all',
    'models.aliases["qwen3.5-plus"]',
  ])('knows %s', (path) => expect(unknownPath(path)).toBeUndefined());

  it.each([
    ['gateway.prot', 'There is no setting gateway.prot; did you mean gateway.port?'],
    ['gatway.port', 'There is no setting gatway.port; did you mean gateway?'],
    ['gateway.port.x', 'There is no setting gateway.port.x'],
    ['', 'The path is empty; it looks like gateway.port'],
  ])('"%s" is told with what was meant', (path, text) => expect(unknownPath(path)).toBe(text));
});

describe('patchOf', () => {
  it('sets one value', () => {
    expect(patchOf('models.aliases["qwen3.5-plus"]', 'echo')).toEqual({
      models: { aliases: { 'qwen3.5-plus': 'echo' } },
    });
    expect(patchOf('gateway/port', null)).toEqual({ gateway: { port: null } });
  });
});
