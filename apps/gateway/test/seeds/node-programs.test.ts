import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { type GatewayProcess, type ModelServer, startModel } from '../harness/index.js';
import { DATABASES } from './databases.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { ARTICLE_MODEL, ARTICLE_TOKEN, IntegrationArticle } from './programs.js';
import { folderWith, type Outcome, runProgram } from './run-program.js';
import { missingDocuments, pointTo, ROOT, SeedDocument } from './seed-document.js';
import { startSeedGateway } from './seed-gateway.js';

/** Runs `main` of these files, with the project's own axios at hand. */
function runNode(main: string, files: Record<string, string>): Promise<Outcome> {
  return runProgram(process.execPath, [main], {
    cwd: folderWith(files),
    env: { NODE_PATH: join(ROOT, 'node_modules') },
  });
}

describeWith([missingDocuments], 'the Node programs', () => {
  describe.each(DATABASES)('on %s', (_name, makeDatabase) => {
    let model: ModelServer;
    let gateway: GatewayProcess;

    beforeAll(async () => {
      model = await startModel();
      gateway = await startSeedGateway(await makeDatabase(), model);
    });
    beforeEach(() => model.reset());

    describe.each(['000', '002'])('in document %s', (number) => {
      const article = () => new IntegrationArticle(number);

      it('the axios class with the example of its use', async () => {
        const program = article().nodeClient;
        const [question] = IntegrationArticle.textsFor('client.chat', program);
        const [, prompt] = /systemPrompt: '(.*)'/.exec(program) ?? [];
        const { stdout, stderr } = await runNode('main.cjs', { 'main.cjs': pointTo(gateway.url, program) });
        expect(stdout).toBe(`echo: ${question}\n`);
        // After the answer it sends to Discord, which this gateway has not got.
        expect(stderr).toMatch(/AxiosError.*status code 503/);
        expect(model.requests.map(({ body }) => body)).toEqual([
          expect.objectContaining({
            model: ARTICLE_MODEL,
            messages: [
              { role: 'system', content: prompt },
              { role: 'user', content: question },
            ],
          }),
        ]);
      });

      it('the axios class, used for a conversation', async () => {
        const { stdout, stderr } = await runNode('main.cjs', {
          'openclaw-client.js': article().nodeClass,
          'main.cjs': `
            const OpenClawClient = require('./openclaw-client.js');
            (async () => {
              const client = new OpenClawClient('${gateway.url}', '${ARTICLE_TOKEN}');
              const first = await client.chat('one');
              const second = await client.chat('two', { conversationId: first.conversationId });
              const refusal = await client.send('telegram', '1', 'x').catch(({ response }) => response.data);
              const rest = [await client.health(), await client.getModels(), refusal];
              console.log(JSON.stringify([first, second, ...rest]));
            })();`,
        });
        expect(stderr).toBe('');
        const [first, second, health, models, refusal] = JSON.parse(stdout) as { conversationId: string }[];
        expect(first).toMatchObject({ role: 'assistant', content: 'echo: one', model: ARTICLE_MODEL });
        expect(second).toMatchObject({ content: 'echo: two', conversationId: first?.conversationId });
        expect(health).toMatchObject({ status: 'ok' });
        expect(models).toEqual({
          models: [
            { id: 'model-a', provider: 'openai-compatible', default: true },
            { id: ARTICLE_MODEL, provider: 'openai-compatible', default: false },
            { id: 'qwen3.5-plus', provider: 'openai-compatible', default: false },
          ],
          default: 'model-a',
        });
        expect(refusal).toMatchObject({ error: 'service_unavailable', status: 503, details: { channel: 'telegram' } });
        expect(model.requests[1]?.body?.messages).toEqual([
          { role: 'user', content: 'one' },
          { role: 'assistant', content: 'echo: one' },
          { role: 'user', content: 'two' },
        ]);
      });
    });

    describe('in document 004', () => {
      const guide = () => new SeedDocument('004');

      it('the status', async () => {
        const program = guide().excerpt("const response = await fetch('http://localhost:18789/api/v1/status'", '});');
        const { stdout, stderr } = await runNode('main.mjs', {
          'main.mjs': `${pointTo(gateway.url, program.join('\n'))}\nconsole.log(JSON.stringify(await response.json()));`,
        });
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toMatchObject({
          success: true,
          data: { gateway: { status: 'running' }, models: { available: 3, default: 'model-a' } },
        });
      });

      it('the stream', async () => {
        const first = "const response = await fetch('http://localhost:18789/api/v1/message/stream'";
        const program = guide().excerpt(first, '}').join('\n');
        const [, text] = /text: '(.*)'/.exec(program) ?? [];
        model.next({ chunks: ['春', '眠'], separately: true });
        const { stdout, stderr } = await runNode('main.mjs', { 'main.mjs': pointTo(gateway.url, program) });
        expect(stderr).toBe('');
        const events = stdout.split('\n').filter((line) => line.startsWith('data:'));
        expect(events).toEqual(['data: {"chunk":"春"}', 'data: {"chunk":"眠"}', 'data: [DONE]']);
        expect(model.requests[0]?.body?.messages).toEqual([{ role: 'user', content: text }]);
      });
    });
  });
});
