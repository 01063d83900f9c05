import { expect, it } from '@jest/globals';
import { freshDatabase, startGateway } from '../harness/index.js';
import { Receiver } from '../webhooks/receiver.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { IntegrationArticle } from './programs.js';
import { missingPython, runPython } from './python.js';
import { missingDocuments } from './seed-document.js';

interface PrintedWebhook {
  url: string;
  secret: string;
}

describeWith([missingDocuments, missingPython], 'outgoing webhooks (documents 000 and 002)', () => {
  it.each(['000', '002'])(
    'are what the printed configuration asks for and the printed Python verifies: %s',
    async (number) => {
      const article = new IntegrationArticle(number);
      const receiver = await Receiver.start();
      const { api } = JSON.parse(article.webhooksFile) as { api: { webhooks: { outgoing: PrintedWebhook[] } } };
      const [printed] = api.webhooks.outgoing;
      if (!printed) throw new Error('no webhook is printed');
      // Their receiver is at home here.
      const outgoing = [{ ...printed, url: `${receiver.url}/hook` }];
      const config = { api: { webhooks: { ...api.webhooks, outgoing, allowPrivateNetworks: true } } };
      const gateway = await startGateway({ database: await freshDatabase(), config });
      await gateway.logged(/gateway started/);
      const send = () => gateway.fetch('/api/v1/chat', { json: { message: 'Grüße 안녕 👋' } });
      // The endpoint is there a moment after the gateway is.
      for (;;) {
        const list = (await (await gateway.fetch('/api/v1/webhooks')).json()) as { total: number };
        if (list.total === 1) break;
      }
      await send();
      const received = await receiver.until('/hook', (all) => all.length === 3);
      const checks = received.map(({ raw, headers }) => ({
        payload: raw.toString('utf8'),
        signature: headers['x-openclaw-signature'],
      }));
      const forged = checks.map((check) => ({ ...check, payload: check.payload.replace('api', 'apo') }));
      const { code, stdout, stderr } = await runPython({
        'verify.py': article.verifyWebhook,
        'checks.json': JSON.stringify([...checks, ...forged]),
        'main.py': [
          'import json',
          'from verify import verify_webhook',
          'for check in json.load(open("checks.json", encoding="utf-8")):',
          `    print(verify_webhook(check["payload"], check["signature"], ${JSON.stringify(printed.secret)}))`,
        ].join('\n'),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).toEqual(['True', 'True', 'True', 'False', 'False', 'False']);
      expect(received.map(({ body }) => body.event)).toEqual([
        'conversation.created',
        'message.received',
        'message.sent',
      ]);
    },
  );
});
