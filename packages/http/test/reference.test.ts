import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS } from '@openclaw/contracts';
import { ActiveTurns, EmbedTexts, RateLimiter, UpstreamFailed } from '@openclaw/core';
import { InMemoryLimitStore, InMemorySkills, skillManifest } from '@openclaw/core/testing';
import { apiReference, apiRoutes } from '../src/index.js';
import { Contract, type Operation } from './contract.js';
import { type Answer, call, startGateway, type TestGateway } from './gateway.js';

const contract = new Contract(apiReference('1.2.3'));
const named = (operation: Operation) => `${operation.method} ${operation.path}`;
const withBody = contract.operations.filter(({ object }) => object.requestBody);

/** There is no channel and no provider of embeddings in these tests, nor a webhook of the name they ask for. */
const NOT_CONFIGURED: Record<string, number> = {
  '/api/v1/send': 503,
  '/api/v1/channels/{type}/pairings': 404,
  '/v1/embeddings': 400,
  '/api/v1/webhooks/{id}': 404,
  '/api/v1/webhooks/{id}/rotate-secret': 404,
  '/api/v1/webhooks/{id}/redeliver': 404,
};

const embeddings = {
  embedder: { embed: () => Promise.reject(new Error('not called')) },
  model: 'm',
  provider: 'p',
  kind: 'k',
};

let gateway: TestGateway;
beforeAll(async () => {
  const skills = new InMemorySkills();
  skills.registry.publish(skillManifest('weather', { version: '1.2.0' }));
  // Of the name that stands for every member of a path.
  skills.add(skillManifest('x'), () => 'done');
  gateway = await startGateway({}, undefined, { skills });
});
afterAll(() => gateway.close());

describe('the document', () => {
  it('is served as it is committed, without a token', async () => {
    const answer = await call(gateway, 'GET', '/openapi.json', undefined, { Authorization: '' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.json).toEqual(JSON.parse(apiReference('1.2.3')));
    expect(answer.json.openapi).toBe('3.1.0');
  });

  it('has every route, and nothing else', () => {
    const routes = apiRoutes(gateway.deps).map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/[:*](\w+)/g, '{$1}')}`,
    );
    expect(contract.operations.map(named).sort()).toEqual([...routes].sort());
  });

  it.each(contract.operations.map((operation) => [named(operation), operation] as const))(
    '%s is there, and nobody else gets in',
    async (_name, { method, path, object }) => {
      const url = path.replaceAll(/\{\w+\}/g, 'x');
      const options = await call(gateway, 'OPTIONS', url);
      expect(options.headers.get('allow')?.split(', ')).toContain(method);
      const refused = await call(gateway, method, url, undefined, { Authorization: '' });
      if (object.security.length > 0) expect(refused.status).toBe(401);
      else expect(refused.status).not.toBe(401);
    },
  );

  it('names each operation once', () => {
    const ids = contract.operations.map(({ object }) => object.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers to nothing that is not there', async () => {
    const text = apiReference('1.2.3');
    const document = JSON.parse(text) as object;
    for (const [, pointer = ''] of text.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
      const found = pointer.split('/').reduce<unknown>((at, key) => Reflect.get(at as object, key), document);
      expect(found).toBeDefined();
    }
  });
});

describe('the examples', () => {
  it.each(contract.examples().map(({ name, problems }) => [name, problems]))(
    '%s keep their schema',
    (_name, problems) => {
      expect(problems).toEqual([]);
    },
  );

  const requests = withBody.flatMap((operation) =>
    Object.entries(operation.object.requestBody?.content['application/json']?.examples ?? {}).map(
      ([example, { value }]) => [`${named(operation)}: ${example}`, operation, value] as const,
    ),
  );

  it('are there for every body', () => {
    expect(new Set(requests.map(([, operation]) => operation))).toEqual(new Set(withBody));
  });

  it.each(requests)('%s is understood and answered as documented', async (_name, operation, body) => {
    const answer = await call(gateway, operation.method, operation.path.replaceAll(/\{\w+\}/g, 'x'), body);
    expect(problemsOf(operation, answer)).toEqual([]);
    const status = NOT_CONFIGURED[operation.path];
    if (status === undefined) expect(answer.status).toBeLessThan(300);
    else expect(answer.status).toBe(status);
  });
});

describe('answers', () => {
  const reads = contract.operations.filter(
    ({ method, path, object }) =>
      method === 'GET' && !path.includes('{') && !object.parameters?.some(({ required }) => required),
  );

  it.each(reads.map((operation) => [operation.path, operation] as const))(
    'of GET %s are as documented',
    async (path, operation) => {
      await call(gateway, 'POST', '/api/v1/chat', { message: 'hello', conversationId: 'known' });
      const answer = await call(gateway, 'GET', path);
      expect(answer.status).toBe(200);
      expect(problemsOf(operation, answer)).toEqual([]);
    },
  );

  it('that stream are as documented, event by event', async () => {
    for (const [path, body] of [
      ['/api/v1/chat/stream', { message: 'hi' }],
      ['/api/v1/message/stream', { message: 'hi' }],
      ['/api/v1/message/stream', { text: 'hi' }],
    ] as const) {
      const answer = await call(gateway, 'POST', path, body);
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      expect(problemsOf(operationOf('POST', path), answer)).toEqual([]);
    }
  });

  it('about things by their id are as documented', async () => {
    await call(gateway, 'POST', '/api/v1/message', { message: 'hello', conversation_id: 'by-id' });
    const accepted = await call(gateway, 'POST', '/api/v1/message', { message: 'later', wait_for_response: false });
    for (const [method, template, id] of [
      ['GET', '/api/v1/conversations/{id}', 'by-id'],
      ['GET', '/api/v1/message/{id}/status', String(accepted.json.id)],
      ['GET', '/api/v1/config/{path}', 'gateway'],
      ['DELETE', '/api/v1/conversations/{id}', 'by-id'],
      ['DELETE', '/api/v1/sessions/{id}', 'no-such-session'],
      ['GET', '/docs/{file}', 'start.js'],
      ['GET', '/docs/{file}', 'nothing.js'],
    ] as const) {
      const answer = await call(gateway, method, template.replace(/\{\w+\}/, id));
      expect({ template, problems: problemsOf(operationOf(method, template), answer) }).toEqual({
        template,
        problems: [],
      });
    }
  });

  it.each([
    ['no token', 'GET', '/api/v1/models', undefined, { Authorization: '' }, 401],
    ['too little scope', 'GET', '/api/v1/config', undefined, { Authorization: 'Bearer tok-read' }, 403],
    ['not there', 'GET', '/api/v1/conversations/none', undefined, {}, 404],
    ['broken rules', 'POST', '/api/v1/chat', { message: 5 }, {}, 400],
    ['another method', 'PATCH', '/api/v1/chat', undefined, {}, 405],
    ['a long address', 'GET', `/api/v1/models?x=${'x'.repeat(8_192)}`, undefined, {}, 414],
    ['members that nobody knows', 'POST', '/api/v1/chat', { message: 5, sky: 1 }, {}, 400],
    ['no JSON', 'POST', '/api/v1/chat', 'x', { 'Content-Type': 'text/plain' }, 415],
    ['too large', 'POST', '/api/v1/chat', { message: 'x'.repeat(1024 * 1024) }, {}, 413],
    ['broken rules, in an envelope', 'POST', '/api/v1/sessions', {}, {}, 400],
  ])('that are errors (%s) are as documented', async (_name, method, path, body, headers, status) => {
    const answer = await call(gateway, method, path, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    const [plain = ''] = path.split('?');
    const template = plain.startsWith('/api/v1/conversations/') ? '/api/v1/conversations/{id}' : plain;
    expect(problemsOf(operationOf(method === 'PATCH' ? 'POST' : method, template), answer)).toEqual([]);
    if (!template.startsWith('/v1/')) expect(answer.json.error).toBe(ERRORS[status]?.code);
  });
});

describe('the examples of errors', () => {
  /** What stands for something else each time. */
  const varying = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|(?:msg|req)_\w+|\d+/g, '…');
  const example = (status: number) => {
    const { code, example: told } = ERRORS[status] ?? {};
    return { error: code, status, ...told };
  };
  const long = { message: 'x'.repeat(1024 * 1024) };
  const slow = async function* (_request: unknown, signal: AbortSignal): AsyncGenerator<never> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    yield* [];
  };
  const failing = (error: Error) =>
    async function* (): AsyncGenerator<never> {
      yield* await Promise.reject<never[]>(error);
    };

  it.each<[number, (to: TestGateway) => Promise<Answer>]>([
    [400, (to) => call(to, 'POST', '/api/v1/chat', {})],
    [401, (to) => call(to, 'GET', '/api/v1/models', undefined, { Authorization: '' })],
    [403, (to) => call(to, 'GET', '/api/v1/config', undefined, { Authorization: 'Bearer tok-read' })],
    [404, (to) => call(to, 'GET', '/api/v1/conversations/conv_none')],
    [405, (to) => call(to, 'PATCH', '/api/v1/chat')],
    [
      408,
      (to) => {
        to.script.run = slow;
        return call(to, 'POST', '/api/v1/message', { message: 'x', conversation_id: 'conv_slow', timeout_ms: 50 });
      },
    ],
    [
      409,
      async (to) => {
        await call(to, 'POST', '/api/v1/chat', { message: 'a' }, { 'Idempotency-Key': 'k' });
        return call(to, 'POST', '/api/v1/chat', { message: 'b' }, { 'Idempotency-Key': 'k' });
      },
    ],
    [413, (to) => call(to, 'POST', '/api/v1/chat', long)],
    [414, (to) => call(to, 'GET', `/api/v1/models?x=${'x'.repeat(8_192)}`)],
    [415, (to) => call(to, 'POST', '/api/v1/chat', 'x', { 'Content-Type': 'text/plain' })],
    [
      500,
      (to) => {
        to.script.run = failing(new Error('secret'));
        return call(to, 'POST', '/api/v1/chat', { message: 'x' });
      },
    ],
    [
      502,
      (to) => {
        to.script.run = failing(new UpstreamFailed('The model provider is overloaded'));
        return call(to, 'POST', '/api/v1/chat', { message: 'x' });
      },
    ],
  ])('%i is what is sent', async (status, provoke) => {
    const own = await startGateway();
    try {
      const answer = await provoke(own);
      expect(varying(answer.text)).toBe(varying(JSON.stringify(inOrder(example(status), answer.json))));
    } finally {
      await own.close();
    }
  });

  it('429 and 503 are what is sent', async () => {
    const scarce = { windowMs: 60_000, maxRequests: 1 };
    const limiter = new RateLimiter(
      () => ({ global: scarce, perToken: scarce }),
      new InMemoryLimitStore(),
      gateway.logger,
    );
    const own = await startGateway({}, undefined, { limiter });
    await call(own, 'GET', '/api/v1/models');
    const refused = await call(own, 'GET', '/api/v1/models');
    expect(varying(refused.text)).toBe(varying(JSON.stringify(inOrder(example(429), refused.json))));
    expect(problemsOf(operationOf('GET', '/api/v1/models'), refused)).toEqual([]);
    await own.close();
    const active = new ActiveTurns();
    await active.drain(0);
    const shut = await startGateway({}, undefined, {
      embedTexts: new EmbedTexts(() => embeddings, active, { record: () => undefined }),
    });
    const away = await call(shut, 'POST', '/v1/embeddings', { model: 'openclaw', input: 'x' });
    expect(away.json.error.message).toBe(example(503).message);
    expect(problemsOf(operationOf('POST', '/v1/embeddings'), away)).toEqual([]);
    await shut.close();
  });
});

/** The same members in the order in which the answer has them. */
function inOrder(value: Record<string, unknown>, like: Record<string, unknown>): Record<string, unknown> {
  expect(Object.keys(value).sort()).toEqual(Object.keys(like).sort());
  return Object.fromEntries(Object.keys(like).map((name) => [name, value[name]]));
}

function operationOf(method: string, path: string): Operation {
  const found = contract.operations.find((operation) => operation.method === method && operation.path === path);
  if (!found) throw new Error(`${method} ${path} is not in the document`);
  return found;
}

function problemsOf(operation: Operation, answer: Answer): string[] {
  return [
    ...contract.problems(operation, answer.status, answer.headers.get('content-type'), answer.text),
    ...contract.unknownHeaders(operation, answer.status, answer.headers),
  ];
}
