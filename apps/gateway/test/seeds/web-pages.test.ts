import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type GatewayProcess, later, type ModelServer, startModel } from '../harness/index.js';
import { DATABASES } from './databases.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { ARTICLE_MODEL, IntegrationArticle } from './programs.js';
import { works } from '../../../../test/machine/python.js';
import { missingDocuments, pointTo, SeedDocument } from './seed-document.js';
import { startSeedGateway } from './seed-gateway.js';

const CHROMIUM = '/usr/bin/chromium';
const missingBrowser = works(CHROMIUM, '--version') ? undefined : `there is no ${CHROMIUM}`;

/** Serves the current page on an origin of its own: another port than the gateway's. */
class PageServer {
  html = '';
  readonly server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(this.html);
  });

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    later(() => {
      this.server.closeAllConnections();
      return new Promise((resolve) => this.server.close(resolve));
    });
    return this;
  }
}

describeWith([missingDocuments, missingBrowser], 'the web pages, in a browser', () => {
  let browser: Browser;
  let pages: PageServer;

  beforeAll(async () => {
    pages = await new PageServer().start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    later(() => browser.close());
  });

  /** Opens the page, and keeps the bodies that it posts. */
  async function open(html: string, host = '127.0.0.1'): Promise<{ page: Page; sent: () => unknown[] }> {
    pages.html = html;
    const page = await browser.newPage();
    later(() => page.close());
    const sent: unknown[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.postDataJSON());
    });
    await page.goto(`http://${host}:${pages.port}/`);
    return { page, sent: () => sent };
  }

  const texts = (page: Page, selector: string, count: number) =>
    page
      .locator(selector)
      .nth(count - 1)
      .waitFor()
      .then(() => page.locator(selector).allTextContents());

  describe.each(DATABASES)('on %s', (_name, makeDatabase) => {
    let model: ModelServer;
    let gateway: GatewayProcess;

    beforeAll(async () => {
      model = await startModel();
      gateway = await startSeedGateway(await makeDatabase(), model, [`http://127.0.0.1:${pages.port}`]);
    });
    beforeEach(() => model.reset());

    it.each(['000', '002'])('hold a conversation (document %s)', async (number) => {
      const { page, sent } = await open(pointTo(gateway.url, new IntegrationArticle(number).page));
      await page.fill('#message-input', 'one');
      await page.click('button');
      expect(await texts(page, '.message.assistant', 1)).toEqual(['echo: one']);
      await page.fill('#message-input', 'two');
      await page.press('#message-input', 'Enter');
      expect(await texts(page, '.message', 4)).toEqual(['one', 'echo: one', 'two', 'echo: two']);

      const conversationId = expect.stringMatching(/^conv_/);
      expect(sent()).toEqual([
        { message: 'one', conversationId: null, model: ARTICLE_MODEL },
        { message: 'two', conversationId, model: ARTICLE_MODEL },
      ]);
      expect(model.requests.map(({ body }) => body?.model)).toEqual([ARTICLE_MODEL, ARTICLE_MODEL]);
      expect(model.requests[1]?.body?.messages).toEqual([
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'echo: one' },
        { role: 'user', content: 'two' },
      ]);
    });

    it('hold a conversation (document 004)', async () => {
      const html = new SeedDocument('004').excerpt('<!DOCTYPE html>', '</html>').join('\n');
      const { page, sent } = await open(pointTo(gateway.url, html));
      for (const [turn, text] of ['one', 'two'].entries()) {
        await page.fill('#input', text);
        await page.click('button');
        expect((await texts(page, '.message.ai', turn + 1)).at(-1)).toBe(`echo: ${text}`);
      }
      expect(sent()).toEqual([
        { text: 'one', session: 'default' },
        { text: 'two', session: 'default' },
      ]);
      expect(model.requests[1]?.body?.messages).toHaveLength(3);
    });

    it('are not let in from an origin that is not configured', async () => {
      const { page } = await open(pointTo(gateway.url, new IntegrationArticle('002').page), 'localhost');
      await page.fill('#message-input', 'one');
      await page.click('button');
      expect(await texts(page, '.message.assistant', 1)).toEqual(['An error occurred: Failed to fetch']);
      expect(model.requests).toEqual([]);
    });
  });
});
