import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadSkill, Service } from './service.js';

const weather = await loadSkill('weather');
let service: Service;
const context = () => ({ config: { forecast: `${service.url}/f`, geocoding: `${service.url}/g` }, secrets: {} });

beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service[Symbol.asyncDispose]());

it('says that a place is not known', async () => {
  service.answer = { body: {} };
  await expect(weather({ place: 'Atlantis' }, context())).rejects.toThrow('There is no place "Atlantis"');
  expect(service.seen.at(-1)?.url).toBe('/g?name=Atlantis&count=1');
});

it('says that the service does not work', async () => {
  service.answer = { status: 502 };
  await expect(weather({ place: 'Wien' }, context())).rejects.toThrow('The weather service answered 502');
});
