import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation } from './harness.js';

let installation: Installation;
let chat: Server;
const taken: string[] = [];

beforeAll(async () => {
  chat = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { chatId, text } = JSON.parse(body) as { chatId: string; text: string };
      if (chatId === 'nobody') return void response.writeHead(404).end('no such chat');
      taken.push(text);
      response.end('{"messageId":"m1"}');
    });
  });
  chat.listen(0, '127.0.0.1');
  await once(chat, 'listening');
  installation = await Installation.withDatabase();
  const { port } = chat.address() as AddressInfo;
  const settings = `url: http://127.0.0.1:${port}\n    secret: the secret of this chat\n    access: pairing`;
  await installation.write('gateway.yaml', `channels:\n  webhook:\n    ${settings}\n`);
  await installation.startGateway();
});

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  chat.closeAllConnections();
  chat.close();
});

describe('openclaw send', () => {
  const to = (chatId: string) => ['send', '--channel', 'webhook', '--chat', chatId, '--message'];

  it('says when the message has gone', async () => {
    const result = await installation.run([...to('c1'), 'Dinner is ready']);
    expect(result).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Sent: msg_\w+, on webhook m1\n$/),
    });
    expect(taken).toEqual(['Dinner is ready']);
  });

  it('sends once under one key, and reads from standard input', async () => {
    const once = [...to('c1'), '-', '--key', 'order-17', '--json'];
    const answers = [];
    for (let i = 0; i < 2; i++)
      answers.push(JSON.parse((await installation.run(once, { input: 'From a pipe' })).stdout));
    expect(answers[1]).toEqual(answers[0]);
    expect(taken.filter((text) => text === 'From a pipe')).toHaveLength(1);
  });

  it('fails with the words of the platform, or of the gateway', async () => {
    const refused = await installation.run([...to('nobody'), 'x']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('no such chat') });
    const unknown = await installation.run(['send', '--channel', 'pigeon', '--chat', '1', '--message', 'x']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Available: telegram') });
    expect(await installation.run(['send', '--channel', 'webhook', '--message', 'x'])).toMatchObject({ code: 2 });
  });
});

describe('openclaw channels', () => {
  it('lists them', async () => {
    const { stdout } = await installation.run(['channels', 'list']);
    expect(stdout).toMatch(/CHANNEL +STATUS/);
    expect(stdout).toMatch(/webhook +connect(ed|ing)/);
    expect(JSON.parse((await installation.run(['channels', 'list', '--json'])).stdout).channels).toHaveLength(1);
  });

  it('lets in by a code, and says when there is no such code', async () => {
    const on = ['--channel', 'webhook'];
    const wrong = await installation.run(['channels', 'pair', 'NOSUCH', ...on]);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no such code') });
    expect(await installation.run(['channels', 'pairings', ...on])).toMatchObject({ code: 0, stdout: '' });
    expect((await installation.run(['channels', 'unpair', 'ada', ...on])).code).toBe(1);
  });
});
