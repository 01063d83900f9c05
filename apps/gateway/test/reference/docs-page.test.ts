import { beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type GatewayProcess, later, startGateway } from '../harness/index.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { works } from '../../../../test/machine/python.js';

const CHROMIUM = '/usr/bin/chromium';
const missingBrowser = works(CHROMIUM, '--version') ? undefined : `there is no ${CHROMIUM}`;

describeWith([missingBrowser], 'the page of the API reference, in a browser', () => {
  let browser: Browser;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await startGateway({ database: 'embedded' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    later(() => browser.close());
  });

  async function open(): Promise<{ page: Page; complaints: string[]; elsewhere: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    later(() => page.close());
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    await page.goto(`${gateway.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    return { page, complaints, elsewhere };
  }

  it('shows every operation, loads nothing from elsewhere and breaks no policy', async () => {
    const { page, complaints, elsewhere } = await open();
    expect(await page.title()).toBe('OpenClaw Gateway API');
    const { paths } = (await (await gateway.fetch('/openapi.json')).json()) as { paths: Record<string, object> };
    const operations = Object.values(paths).flatMap((item) => Object.keys(item));
    expect(await page.locator('.opblock').count()).toBe(operations.length);
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs.png` });
  });

  it('tries an operation out with the token that was entered', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').fill(gateway.operatorToken);
    await page.locator('.auth-container button.authorize').click();
    await page.locator('.modal-ux .btn-done').click();

    const chat = page.locator('#operations-Chat-chat');
    await chat.locator('.opblock-summary').click();
    await chat.locator('button.execute').click();
    await chat.locator('.live-responses-table .response-col_status').first().waitFor();
    expect(await chat.locator('.live-responses-table .response td.response-col_status').innerText()).toMatch(/^200/);
    expect(await chat.locator('.live-responses-table .highlight-code').first().innerText()).toContain(
      'What is the capital of France?',
    );
    expect(complaints).toEqual([]);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/tried.png` });
  });
});
