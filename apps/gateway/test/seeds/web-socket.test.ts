import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { type GatewayProcess, later, type ModelServer, startModel } from '../harness/index.js';
import { DATABASES } from './databases.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { works } from '../../../../test/machine/python.js';
import { folderWith } from './run-program.js';
import { missingDocuments, SeedDocument } from './seed-document.js';
import { startSeedGateway } from './seed-gateway.js';

const CHROMIUM = '/usr/bin/chromium';
const missingBrowser = works(CHROMIUM, '--version') ? undefined : `there is no ${CHROMIUM}`;

/** The program that document 001 prints, pointed to the gateway. */
function program(gateway: GatewayProcess): string {
  const lines = new SeedDocument('001').excerpt('const ws = new WebSocket(', '추가 참고자료').slice(0, -1);
  return lines.join('\n').replace('ws://127.0.0.1:18789', gateway.url.replace('http', 'ws'));
}

const greeting = () => /content: '(.*)'/.exec(new SeedDocument('001').text)?.[1];

describeWith([missingDocuments], 'the WebSocket program of document 001', () => {
  describe.each(DATABASES)('on %s', (_name, makeDatabase) => {
    let model: ModelServer;
    let gateway: GatewayProcess;

    beforeAll(async () => {
      model = await startModel();
      gateway = await startSeedGateway(await makeDatabase(), model, ['http://127.0.0.1']);
    });
    beforeEach(() => model.reset());

    it('prints the answer, in Node', async () => {
      const folder = folderWith({ 'main.mjs': program(gateway) });
      // It goes on listening when it has printed the answer, so it does not end by itself.
      const child = spawn(process.execPath, [join(folder, 'main.mjs')], { env: { PATH: process.env.PATH } });
      later(() => void child.kill('SIGKILL'));
      const printed = Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
      expect(String((await printed)[0])).toBe(`echo: ${greeting()}\n`);
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      expect(model.requests.map(({ body }) => body?.messages)).toEqual([[{ role: 'user', content: greeting() }]]);
    });
  });
});

describeWith([missingDocuments, missingBrowser], 'the WebSocket program of document 001, in a browser', () => {
  it('prints the answer on a page whose origin is configured, and nothing on another', async () => {
    const model = await startModel();
    const pages = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<!DOCTYPE html><title>page</title>');
    });
    await once(pages.listen(0, '127.0.0.1'), 'listening');
    const { port } = pages.address() as AddressInfo;
    later(() => {
      pages.closeAllConnections();
      return new Promise((resolve) => pages.close(resolve));
    });
    const [, makeDatabase] = DATABASES[1] ?? [];
    const gateway = await startSeedGateway((await makeDatabase?.()) ?? 'embedded', model, [`http://127.0.0.1:${port}`]);
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    later(() => browser.close());

    const page = await browser.newPage();
    const said: string[] = [];
    const answered = new Promise<void>((resolve) => {
      page.on('console', (message) => {
        said.push(message.text());
        resolve();
      });
    });
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.addScriptTag({ content: program(gateway) });
    await answered;
    expect(said).toEqual([`echo: ${greeting()}`]);

    await page.goto(`http://localhost:${port}/`);
    const closing = `${program(gateway)}\nwindow.closed1 = new Promise((resolve) => (ws.onclose = ({ code }) => resolve(code)));`;
    await page.addScriptTag({ content: closing });
    expect(await page.evaluate('window.closed1')).toBe(1006);
    await gateway.logged(/socket refused.*403|403.*socket refused/);
    expect(model.requests).toHaveLength(1);
  });
});
