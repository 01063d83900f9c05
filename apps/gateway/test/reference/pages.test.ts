import { beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { freshDatabase, type GatewayProcess, later, startGateway } from '../harness/index.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { works } from '../../../../test/machine/python.js';

const CHROMIUM = '/usr/bin/chromium';
const missingBrowser = works(CHROMIUM, '--version') ? undefined : `there is no ${CHROMIUM}`;

describeWith([missingBrowser], 'the pages, in a browser', () => {
  let browser: Browser;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await startGateway({ database: await freshDatabase() });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    later(() => browser.close());
  });

  async function open(path: string): Promise<{ page: Page; complaints: string[]; elsewhere: string[] }> {
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
    await page.goto(`${gateway.url}${path}`);
    return { page, complaints, elsewhere };
  }

  async function openReference() {
    const opened = await open('/docs');
    await opened.page.locator('.opblock').first().waitFor();
    return opened;
  }

  async function shoot(page: Page, name: string): Promise<void> {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
  }

  it('reference: shows every operation, loads nothing from elsewhere and breaks no policy', async () => {
    const { page, complaints, elsewhere } = await openReference();
    expect(await page.title()).toBe('OpenClaw Gateway API');
    const { paths } = (await (await gateway.fetch('/openapi.json')).json()) as { paths: Record<string, object> };
    const operations = Object.values(paths).flatMap((item) => Object.keys(item));
    expect(await page.locator('.opblock').count()).toBe(operations.length);
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    await shoot(page, 'docs');
  });

  it('reference: tries an operation out with the token that was entered', async () => {
    const { page, complaints } = await openReference();
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
    await shoot(page, 'tried');
  });

  it('console: asks for the token, talks, finds what was said, and shows log and state', async () => {
    const { page, complaints, elsewhere } = await open('/');
    const token = page.getByLabel('Token');
    await token.fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Missing or invalid authentication token').waitFor();
    await token.fill(gateway.operatorToken);
    await page.getByRole('button', { name: 'Sign in' }).click();

    const message = page.getByLabel('Your message');
    await message.fill('<img src=x onerror=alert(1)> is where my order 4711 is?');
    await message.press('Enter');
    await page.locator('.said .assistant', { hasText: 'You said: <img src=x' }).waitFor();
    await page.getByRole('button', { name: /^<img src=x/ }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await message.fill('And when does it come?');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('.said .assistant', { hasText: 'And when does it come?' }).waitFor();
    expect(await page.getByRole('button', { name: /^<img src=x/ }).count()).toBe(1);
    await shoot(page, 'console');

    await page.getByRole('link', { name: 'Memory' }).click();
    await page.getByLabel('What to look for').fill('order 4711');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('article', { hasText: 'order 4711' }).first().waitFor();
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByText('path=/api/v1/chat/stream').first().waitFor();
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByRole('cell', { name: 'database' }).waitFor();
    await shoot(page, 'console-status');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await token.waitFor();

    expect(elsewhere).toEqual([]);
    // A browser reports each answer of 401 by itself.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
