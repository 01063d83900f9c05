import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import JSON5 from 'json5';
import { freshDatabase, type GatewayProcess, startGateway } from '../harness/index.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { indent, LEVELS } from './indent.js';
import { ARTICLE_TOKEN, IntegrationArticle } from './programs.js';
import { missingDocuments, SeedDocument } from './seed-document.js';

const OPERATOR = { OPENCLAW_GATEWAY_TOKEN: 'oc_op_operator' };

async function configOf(gateway: GatewayProcess, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await gateway.fetch('/api/v1/config', { headers });
  expect(answer.status).toBe(200);
  return answer.json();
}

describeWith([missingDocuments], 'the configuration files', () => {
  let database: string;
  let running: GatewayProcess | undefined;

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterEach(() => running?.stop());

  async function startWith(files: Record<string, string>, env: Record<string, string>): Promise<GatewayProcess> {
    running = await startGateway({ database, files, env });
    return running;
  }

  it('the token in YAML (document 001)', async () => {
    const printed = new SeedDocument('001').excerpt('gateway:', 'token: "${GATEWAY_AUTH_TOKEN}"');
    const files = { '.openclaw/gateway.yaml': indent(printed, LEVELS.authYaml) };
    const gateway = await startWith(files, { GATEWAY_AUTH_TOKEN: 'from-the-environment' });
    expect(gateway.operatorToken).toBe('from-the-environment');
    expect((await gateway.fetch('/api/v1/status')).status).toBe(200);
    const refused = await gateway.fetch('/api/v1/status', { token: null });
    expect(await refused.json()).toMatchObject({
      error: 'unauthorized',
      message: 'Missing or invalid authentication token',
      status: 401,
    });
  });

  describe('of the integration article', () => {
    const file = (text: string) => ({ '.config/openclaw/openclaw.json5': text });
    const article = () => new IntegrationArticle('000');

    it.each(['tokensFile', 'webhooksFile', 'rateLimitFile', 'securityFile'] as const)(
      'say the same in documents 000 and 002: %s',
      (name) => {
        expect(JSON5.parse(new IntegrationArticle('002')[name])).toEqual(JSON5.parse(article()[name]));
      },
    );

    it('the tokens', async () => {
      const gateway = await startWith(file(article().tokensFile), OPERATOR);
      const crm = 'oc_tok_x9y8z7w6v5u4t3s2r1q0';
      const statusFor = async (token: string, path: string) => (await gateway.fetch(path, { token })).status;
      expect(await statusFor(ARTICLE_TOKEN, '/api/v1/config')).toBe(200);
      expect(await statusFor(crm, '/api/v1/models')).toBe(403);
      expect((await gateway.fetch('/api/v1/chat', { token: crm, json: { message: 'hello' } })).status).toBe(200);
    });

    it('webhooks', async () => {
      const gateway = await startWith(file(article().webhooksFile), OPERATOR);
      const { webhooks } = JSON.parse(article().webhooksFile).api as { webhooks: { outgoing: object[] } };
      const outgoing = webhooks.outgoing.map((webhook) => ({ ...webhook, secret: '***REDACTED***' }));
      expect(await configOf(gateway)).toMatchObject({ api: { webhooks: { outgoing } } });
    });

    it('rate limits', async () => {
      const gateway = await startWith(file(article().rateLimitFile), OPERATOR);
      const perToken = { windowMs: 60_000, maxRequests: 60 };
      const global = { windowMs: 60_000, maxRequests: 120 };
      expect(await configOf(gateway)).toMatchObject({ api: { rateLimit: { global, perToken } } });
    });

    it('security', async () => {
      // The printed file lets in only addresses that the test can't call from, but a proxy may.
      const proxy = { '.openclaw/gateway.yaml': 'gateway: { trustedProxies: [127.0.0.1] }' };
      const gateway = await startWith({ ...proxy, ...file(article().securityFile) }, OPERATOR);
      expect(await configOf(gateway, { 'X-Forwarded-For': '192.168.1.7' })).toMatchObject({
        api: { security: { allowedIPs: ['10.0.0.0/8', '192.168.1.0/24'], maxBodySize: '1MB' } },
      });
      const preflight = await gateway.fetch('/api/v1/chat', {
        method: 'OPTIONS',
        token: null,
        headers: {
          'X-Forwarded-For': '10.1.2.3',
          'Access-Control-Request-Method': 'POST',
          Origin: 'https://your-app.com',
        },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBe('https://your-app.com');
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE');
    });
  });
});
