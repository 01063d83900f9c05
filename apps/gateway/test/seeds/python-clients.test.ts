import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayProcess, type ModelServer, startModel } from '../harness/index.js';
import { DATABASES } from './databases.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { ARTICLE_MODEL, ARTICLE_TOKEN, IntegrationArticle } from './programs.js';
import { missingPython, runPython } from './python.js';
import { missingDocuments, pointTo } from './seed-document.js';
import { startSeedGateway } from './seed-gateway.js';

describeWith([missingDocuments, missingPython], 'the Python class of the integration article', () => {
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
      const here = (code: string) => pointTo(gateway.url, code);
      const asked = () => model.requests.map(({ body }) => ({ model: body?.model, messages: body?.messages }));

      it('the class with the example of its use', async () => {
        const { pythonClient } = article();
        const [question] = IntegrationArticle.textsFor('client.chat', pythonClient);
        const [story] = IntegrationArticle.textsFor('client.chat_stream', pythonClient);
        const { code, stdout, stderr } = await runPython({ 'main.py': here(pythonClient) });

        const [answer, stream = ''] = stdout.split('\n');
        expect(answer).toBe(`echo: ${question}`);
        const events = JSON.parse(`[${stream.replaceAll('}{', '},{')}]`) as { type: string; content?: string }[];
        expect(events[0]).toEqual({ type: 'start', conversationId: expect.stringMatching(/^conv_/) });
        expect(events.map(({ content = '' }) => content).join('')).toBe(`echo: ${story}`);
        expect(events.at(-1)).toEqual({ type: 'done', usage: { inputTokens: 1, outputTokens: expect.any(Number) } });
        expect(asked()).toEqual([
          { model: ARTICLE_MODEL, messages: [{ role: 'user', content: question }] },
          { model: ARTICLE_MODEL, messages: [{ role: 'user', content: story }] },
        ]);
        // The last line sends to Telegram, which this gateway has not got.
        expect(stderr).toMatch(/HTTPError: 503 Server Error: .*\/api\/v1\/send\s*$/);
        expect(code).toBe(1);
      });

      it('the class, used for a conversation', async () => {
        const { stdout, stderr } = await runPython({
          'openclaw_client.py': here(article().pythonClass),
          'main.py': `
import json
from openclaw_client import OpenClawClient

client = OpenClawClient(base_url="${gateway.url}/", token="${ARTICLE_TOKEN}")
first = client.chat("one", conversation_id="conv_python_${number}", system_prompt="Be brief")
second = client.chat("two", conversation_id=first["conversationId"], model="model-a")
print(json.dumps([first, second, client.health()]))
`,
        });
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toEqual([
          {
            id: expect.stringMatching(/^msg_/),
            conversationId: `conv_python_${number}`,
            role: 'assistant',
            content: 'echo: one',
            model: ARTICLE_MODEL,
            usage: { inputTokens: 2, outputTokens: 2 },
            latency: expect.any(Number),
          },
          expect.objectContaining({ conversationId: `conv_python_${number}`, content: 'echo: two', model: 'model-a' }),
          { status: 'ok', version: expect.any(String), uptime_seconds: expect.any(Number) },
        ]);
        expect(asked()).toEqual([
          {
            model: ARTICLE_MODEL,
            messages: [
              { role: 'system', content: 'Be brief' },
              { role: 'user', content: 'one' },
            ],
          },
          {
            model: 'model-a',
            messages: [
              { role: 'user', content: 'one' },
              { role: 'assistant', content: 'echo: one' },
              { role: 'user', content: 'two' },
            ],
          },
        ]);
      });

      it('the retrying chat', async () => {
        const { retry, pythonClass } = article();
        const { stdout, stderr } = await runPython({
          'openclaw_client.py': here(pythonClass),
          'retry.py': `import requests\n${retry}`,
          'main.py': `
from openclaw_client import OpenClawClient
from retry import chat_with_retry

print(chat_with_retry(OpenClawClient(token="${ARTICLE_TOKEN}"), "hello")["content"])
try:
    chat_with_retry(OpenClawClient(token="wrong"), "hello")
except Exception as error:
    print(error)
`,
        });
        expect(stderr).toBe('');
        expect(stdout).toMatch(/^echo: hello\n401 Client Error: Unauthorized for url: .*\n$/);
        expect(asked()).toHaveLength(1);
      });
    });
  });
});
