import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS } from '@openclaw/contracts';
import { InMemorySkills, skillManifest } from '@openclaw/core/testing';
import { apiReference, apiRoutes } from '../src/index.js';
import { Contract, type Operation } from './contract.js';
import { type Answer, call, startGateway, type TestGateway } from './gateway.js';

const contract = new Contract(apiReference('1.2.3'));
const named = (operation: Operation) => `${operation.method} ${operation.path}`;
const withBody = contract.operations.filter(({ object }) => object.requestBody);

/** There is no channel and no provider of embeddings in these tests. */
const NOT_CONFIGURED: Record<string, number> = { '/api/v1/send': 503, '/v1/embeddings': 400 };

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
  const reads = contract.operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));

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
    ['no JSON', 'POST', '/api/v1/chat', 'x', { 'Content-Type': 'text/plain' }, 415],
    ['too large', 'POST', '/api/v1/chat', { message: 'x'.repeat(1024 * 1024) }, {}, 413],
    ['broken rules, in an envelope', 'POST', '/api/v1/sessions', {}, {}, 400],
  ])('that are errors (%s) are as documented', async (_name, method, path, body, headers, status) => {
    const answer = await call(gateway, method, path, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    const template = path.startsWith('/api/v1/conversations/') ? '/api/v1/conversations/{id}' : path;
    expect(problemsOf(operationOf(method, template), answer)).toEqual([]);
    if (!template.startsWith('/v1/')) expect(answer.json.error).toBe(ERRORS[status]?.code);
  });
});

function operationOf(method: string, path: string): Operation {
  const found = contract.operations.find((operation) => operation.method === method && operation.path === path);
  if (!found) throw new Error(`${method} ${path} is not in the document`);
  return found;
}

function problemsOf(operation: Operation, answer: Answer): string[] {
  return contract.problems(operation, answer.status, answer.headers.get('content-type'), answer.text);
}
