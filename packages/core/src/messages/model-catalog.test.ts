import { describe, expect, it } from '@jest/globals';
import { UnknownModel } from '../shared/errors.js';
import { ModelCatalog, type ModelSettings } from './model-catalog.js';

const provider = (name: string, model: string, models: string[] = [], fallback = false) => ({
  name,
  model,
  models,
  fallback,
});

function catalog(more: Partial<ModelSettings> = {}): ModelCatalog {
  return new ModelCatalog({
    providers: [provider('main', 'large', ['large', 'small']), provider('spare', 'large', ['tiny'], true)],
    aliases: { smart: 'large', cheap: 'spare/tiny', gpt: 'small' },
    onUnknown: 'error',
    ...more,
  });
}

describe('ModelCatalog', () => {
  it('lists every model once, under a name that means it alone', () => {
    expect(catalog().list()).toEqual([
      { id: 'large', provider: 'main', label: 'main', model: 'large', default: true },
      { id: 'small', provider: 'main', label: 'main', model: 'small', default: false },
      { id: 'spare/large', provider: 'spare', label: 'spare', model: 'large', default: false },
      { id: 'tiny', provider: 'spare', label: 'spare', model: 'tiny', default: false },
    ]);
  });

  it('finds a provider by what people call it, too', () => {
    const labelled = catalog({ providers: [{ ...provider('primary', 'large'), label: 'anthropic' }] });
    expect(labelled.resolve('anthropic/large')).toEqual({ provider: 'primary', model: 'large' });
    expect(labelled.list()).toMatchObject([{ id: 'large', label: 'anthropic' }]);
  });

  it("takes the primary provider's own model for the default", () => {
    expect(catalog().default).toMatchObject({ provider: 'main', model: 'large' });
  });

  it.each([
    ['large', 'main', 'large'],
    ['spare/large', 'spare', 'large'],
    ['main/large', 'main', 'large'],
    ['main/small', 'main', 'small'],
    ['smart', 'main', 'large'],
    ['cheap', 'spare', 'tiny'],
    ['gpt', 'main', 'small'],
  ])('%s means %s/%s', (name, providerName, model) => {
    expect(catalog().resolve(name)).toEqual({ provider: providerName, model });
  });

  it.each([
    'nothing',
    '',
    'main/',
    'main/tiny',
    'other/large',
    'LARGE',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
  ])('knows nothing of %j', (name) => {
    expect(() => catalog().resolve(name)).toThrow(UnknownModel);
    expect(catalog().find(name)).toBeUndefined();
  });

  it('says what there is when it refuses a name', () => {
    expect(() => catalog().resolve('nothing')).toThrow(
      'Unknown model "nothing". Available: large, small, spare/large, tiny, smart, cheap, gpt',
    );
  });

  it('answers an unknown name with the default model where that is wanted', () => {
    expect(catalog({ onUnknown: 'default' }).resolve('nothing')).toEqual({ provider: 'main', model: 'large' });
  });

  it('keeps names with slashes apart', () => {
    const routed = catalog({
      providers: [provider('router', 'vendor/large'), provider('vendor', 'large')],
      aliases: {},
    });
    expect(routed.resolve('vendor/large')).toEqual({ provider: 'router', model: 'vendor/large' });
    expect(routed.resolve('router/vendor/large')).toEqual({ provider: 'router', model: 'vendor/large' });
    expect(routed.resolve('large')).toEqual({ provider: 'vendor', model: 'large' });
  });

  it('gives every model an id of its own even where a path is also a model of another provider', () => {
    const settings = { providers: [provider('a', 'b/x'), provider('c', 'x'), provider('b', 'x')], aliases: {} };
    const ids = catalog(settings)
      .list()
      .map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('turns to the fallback providers in order, never to the one that failed', () => {
    const three = catalog({
      providers: [provider('main', 'large'), provider('spare', 'medium', [], true), provider('last', 'echo', [], true)],
    });
    expect(three.fallbacksFor({ provider: 'main', model: 'large' })).toEqual([
      { provider: 'spare', model: 'medium' },
      { provider: 'last', model: 'echo' },
    ]);
    expect(three.fallbacksFor({ provider: 'spare', model: 'medium' })).toEqual([{ provider: 'last', model: 'echo' }]);
  });

  it('wants at least one provider', () => {
    expect(() => catalog({ providers: [] })).toThrow('at least one provider');
  });
});
