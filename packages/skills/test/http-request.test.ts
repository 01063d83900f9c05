import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadSkill, Service } from './service.js';

const httpRequest = await loadSkill('http-request');
const none = { config: {}, secrets: {} };
let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service[Symbol.asyncDispose]());

it('sends what it is told to, and gives what comes back', async () => {
  service.answer = { status: 201, body: { made: true } };
  const request = { url: `${service.url}/things`, method: 'POST', headers: { 'X-A': 'b' }, body: '{"a":1}' };
  expect(await httpRequest(request, none)).toMatchObject({ status: 201, body: '{"made":true}' });
  expect(service.seen.at(-1)).toMatchObject({
    method: 'POST',
    url: '/things',
    headers: { 'x-a': 'b' },
    body: '{"a":1}',
  });
});

it('follows no redirect', async () => {
  service.answer = { status: 302, headers: { Location: 'http://elsewhere.example/' } };
  expect(await httpRequest({ url: service.url }, none)).toMatchObject({
    status: 302,
    headers: { location: 'http://elsewhere.example/' },
  });
});

it('cuts off what is too long, and refuses what is no web address', async () => {
  service.answer = { body: 'x'.repeat(200_000) };
  expect(await httpRequest({ url: service.url }, none)).toMatchObject({ body: 'x'.repeat(100_000), cut_off: true });
  await expect(httpRequest({ url: 'file:///etc/passwd' }, none)).rejects.toThrow('not an http or https address');
});
