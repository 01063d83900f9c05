import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadSkill, Service } from './service.js';

const search = await loadSkill('web-search');
let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service[Symbol.asyncDispose]());

it('asks Brave, with its key', async () => {
  service.answer = {
    body: {
      web: { results: [{ title: 'A <strong>tide</strong>', url: 'https://t.example', description: 'x'.repeat(900) }] },
    },
  };
  const context = { config: { engine: 'brave', endpoint: `${service.url}/b` }, secrets: { BRAVE_API_KEY: 'key' } };
  expect(await search({ query: 'tide', count: 3 }, context)).toEqual([
    { title: 'A tide', url: 'https://t.example', excerpt: 'x'.repeat(500) },
  ]);
  expect(service.seen.at(-1)).toMatchObject({ url: '/b?q=tide&count=3', headers: { 'x-subscription-token': 'key' } });
});

it('asks SearXNG, and takes no more than is wanted', async () => {
  service.answer = {
    body: { results: Array.from({ length: 9 }, (_, no) => ({ title: String(no), url: '', content: null })) },
  };
  expect(await search({ query: 'x', count: 2 }, { config: { endpoint: service.url }, secrets: {} })).toEqual([
    { title: '0', url: '', excerpt: '' },
    { title: '1', url: '', excerpt: '' },
  ]);
});

it('says what is missing', async () => {
  await expect(search({ query: 'x' }, { config: {}, secrets: {} })).rejects.toThrow('No search engine is configured');
  await expect(search({ query: 'x' }, { config: { engine: 'brave' }, secrets: {} })).rejects.toThrow(
    'Brave wants a key',
  );
  await expect(search({ query: 'x' }, { config: { engine: 'other' }, secrets: {} })).rejects.toThrow(
    'no search engine "other"',
  );
  service.answer = { status: 429 };
  await expect(search({ query: 'x' }, { config: { endpoint: service.url }, secrets: {} })).rejects.toThrow(
    'answered 429',
  );
});
