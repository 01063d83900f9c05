import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  type ModelServer,
  startGateway,
  startModel,
} from '../harness/index.js';
import { SocketClient } from '../../../../test/socket-client/socket-client.js';
import { type Collector, startCollector } from './collector.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${CALLER}-01`;
const SECRETS = ['what nobody else may read', 'oc_op_a-secret-of-these-tests', 'sk-test', 'the-key-of-the-collector'];

let model: ModelServer;
/** Of its own: what is remembered is embedded in the background, and would be given an answer that was meant for a turn. */
let embedder: ModelServer;
let collector: Collector;
let database: string;

beforeAll(async () => {
  [model, embedder] = [await startModel(), await startModel()];
  [collector, database] = [await startCollector(), await freshDatabase()];
});

function start(env: Record<string, string>): Promise<GatewayProcess> {
  const openAi = { http: { endpoints: { chatCompletions: { enabled: true } } } };
  const provider = (askedOf(model, 'model-a') as { providers: { primary: object } }).providers.primary;
  return startGateway({
    database,
    config: {
      providers: { primary: { ...provider, max_retries: 1 }, embedder: { ...provider, base_url: embedder.openAiUrl } },
      gateway: openAi,
      memory: { embeddings: { provider: 'embedder', model: 'embed-a', dimensions: 3 } },
    },
    env: { OPENCLAW_GATEWAY_TOKEN: 'oc_op_a-secret-of-these-tests', ...env },
  });
}

const STANDARD = (endpoint: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=the-key-of-the-collector,x-place=a%20b',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  OTEL_BSP_SCHEDULE_DELAY: '50',
});

describe('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await start(STANDARD(collector.url));
  });

  it('follows a request through its turn to the model and the database, and on to the provider', async () => {
    model.reset();
    const answer = await gateway.fetch('/api/v1/chat?private=what+nobody+else+may+read', {
      json: { message: 'what nobody else may read', conversationId: 'c-1', temperature: 0.5 },
      headers: { traceparent, tracestate: 'vendor=1', 'X-Request-Id': 'req-traced' },
    });
    expect(answer.status).toBe(200);
    const { id } = (await answer.json()) as { id: string };

    const call = await collector.span(({ name, traceId }) => name === 'POST /api/v1/chat' && traceId === TRACE);
    expect(call).toMatchObject({
      ...{ parentId: CALLER, kind: 2, status: 0 },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/v1/chat',
        'http.response.status_code': 200,
        'url.path': '/api/v1/chat',
        'openclaw.tenant': 'default',
        'openclaw.request.id': 'req-traced',
      },
      resource: { 'service.name': 'openclaw-gateway', 'deployment.environment.name': 'test' },
    });
    const [turn] = collector.below(call).filter(({ name }) => name === 'invoke_agent main');
    if (!turn) throw new Error('no turn in the trace');
    expect(turn).toMatchObject({
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'main',
        'gen_ai.conversation.id': 'c-1',
        'gen_ai.usage.input_tokens': 1,
        'openclaw.turn.id': id,
        'openclaw.outcome': 'answered',
      },
    });
    const [chat] = collector.below(turn).filter(({ name }) => name === 'chat model-a');
    expect(chat).toMatchObject({
      kind: 3,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai-compatible',
        'gen_ai.request.model': 'model-a',
        'gen_ai.request.temperature': 0.5,
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.output_tokens': 6,
        'openclaw.time_to_first_token': expect.any(Number),
        'openclaw.outcome': 'answered',
      },
    });
    expect(collector.below(call).map(({ name }) => name)).toContain('begin_turn');
    expect(collector.below(turn).map(({ name }) => name)).toContain('complete_turn');
    expect(model.requests[0]?.headers).toMatchObject({
      traceparent: `00-${TRACE}-${chat?.spanId}-01`,
      tracestate: 'vendor=1',
    });
  });

  it('sends what it is told to send along, and nothing secret', async () => {
    expect(collector.requests[0]).toMatchObject({
      url: '/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        'x-collector-key': 'the-key-of-the-collector',
        'x-place': 'a b',
      },
    });
    const all = Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1');
    for (const secret of SECRETS) expect(all).not.toContain(secret);
    expect(all).not.toContain('private=');
    expect(gateway.logs()).not.toContain('the-key-of-the-collector');
  });

  it('keeps the trace of an accepted turn', async () => {
    const trace = '1af7651916cd43dd8448eb211c80319d';
    await gateway.fetch('/api/v1/message', {
      json: { message: 'later', wait_for_response: false },
      headers: { traceparent: `00-${trace}-${CALLER}-01` },
    });
    const turn = await collector.span(({ name, traceId }) => name === 'invoke_agent main' && traceId === trace);
    const call = await collector.span(({ name, traceId }) => name === 'POST /api/v1/message' && traceId === trace);
    expect(turn.parentId).toBe(call.spanId);
  });

  it('tells each attempt, and what kind of error there was', async () => {
    const trace = '2af7651916cd43dd8448eb211c80319e';
    const broken = { status: 500, body: { error: { message: 'what nobody else may read' } } };
    model.next(broken, broken);
    const answer = await gateway.fetch('/v1/chat/completions', {
      json: { model: 'openclaw', messages: [{ role: 'user', content: 'hello' }] },
      headers: { traceparent: `00-${trace}-${CALLER}-01` },
    });
    expect(answer.status).toBe(502);
    const call = await collector.span(({ traceId, parentId }) => traceId === trace && parentId === CALLER);
    expect(call).toMatchObject({ name: 'POST /v1/chat/completions', status: 2, attributes: { 'error.type': '502' } });
    const attempts = collector.below(call).filter(({ name }) => name === 'chat model-a');
    expect(attempts).toHaveLength(2);
    expect(attempts.map(({ attributes }) => attributes['openclaw.model_call.attempt'])).toEqual([1, 2]);
    for (const { status, attributes } of attempts)
      expect({ status, attributes }).toMatchObject({
        status: 2,
        attributes: { 'error.type': '500', 'http.response.status_code': 500, 'openclaw.outcome': 'failed' },
      });
  });

  it('follows embeddings, which memory’s settings are good for', async () => {
    const trace = '3af7651916cd43dd8448eb211c80319f';
    embedder.reset();
    const answer = await gateway.fetch('/v1/embeddings', {
      json: { model: 'embed-a', input: 'hello' },
      headers: { traceparent: `00-${trace}-${CALLER}-01` },
    });
    expect(await answer.json()).toMatchObject({ model: 'embed-a', data: [{ embedding: [0, 5, 0.5] }] });
    expect(embedder.requests.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ model: 'embed-a', dimensions: 3, input: ['hello'] }),
    );
    const call = await collector.span(({ name, traceId }) => name === 'POST /v1/embeddings' && traceId === trace);
    expect(collector.below(call)).toContainEqual(
      expect.objectContaining({
        name: 'embeddings embed-a',
        attributes: expect.objectContaining({ 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.input_tokens': 1 }),
      }),
    );
  });

  it('takes a client that leaves a stream for no error', async () => {
    const trace = '5af7651916cd43dd8448eb211c803191';
    model.next({ stall: 1, separately: true });
    const left = new AbortController();
    const answer = await gateway.fetch('/api/v1/chat/stream', {
      json: { message: 'hello' },
      headers: { traceparent: `00-${trace}-${CALLER}-01` },
      signal: left.signal,
    });
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    // Before the first delta the model may not have been asked.
    for (let heard = ''; !heard.includes('"delta"');) heard += decoder.decode((await reader?.read())?.value);
    left.abort();
    const [turn, chat] = await Promise.all(
      ['invoke_agent main', 'chat model-a'].map((wanted) =>
        collector.span(({ name, traceId }) => name === wanted && traceId === trace),
      ),
    );
    expect([turn?.status, turn?.attributes['openclaw.outcome']]).toEqual([0, 'caller-left']);
    expect([chat?.status, chat?.attributes['openclaw.outcome']]).toEqual([0, 'abandoned']);
  });

  it('follows a message over WebSocket, in a trace of its own', async () => {
    const socket = await SocketClient.open(gateway.url, gateway.operatorToken);
    socket.send({ type: 'message', content: 'hello', conversation_id: 'by-socket' });
    await socket.of('response');
    await socket.close();
    const turn = await collector.span(({ attributes }) => attributes['gen_ai.conversation.id'] === 'by-socket');
    expect(turn.parentId).toBe('');
    expect(collector.below(turn).map(({ name }) => name)).toContain('chat model-a');
  });

  it('begins a trace of its own where the caller’s is nonsense, and keeps to a caller who wants none', async () => {
    const before = collector.spans.length;
    await gateway.fetch('/api/v1/models', { headers: { traceparent: 'nonsense' } });
    const own = await collector.span((span) => span.name === 'GET /api/v1/models');
    expect(own.parentId).toBe('');
    await gateway.fetch('/api/v1/models', { headers: { traceparent: `00-${'4'.repeat(32)}-${CALLER}-00` } });
    await gateway.fetch('/api/v1/conversations');
    await collector.span((span) => span.name === 'GET /api/v1/conversations');
    expect(collector.spans.slice(before).some(({ traceId }) => traceId === '4'.repeat(32))).toBe(false);
  });
});

it('speaks JSON, samples, and sends what is left when it stops', async () => {
  const other = await startCollector();
  const gateway = await start({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${other.url}/somewhere/else`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'front-door',
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    OTEL_BSP_SCHEDULE_DELAY: '3600000',
  });
  await gateway.fetch('/api/v1/models');
  await gateway.fetch('/api/v1/chat', { json: { message: 'hello' }, headers: { traceparent } });
  expect(other.requests).toEqual([]);
  expect(await gateway.stop()).toBe(0);
  expect(other.requests[0]).toMatchObject({ url: '/somewhere/else', headers: { 'content-type': 'application/json' } });
  expect(
    other.spans.every(({ traceId, resource }) => traceId === TRACE && resource['service.name'] === 'front-door'),
  ).toBe(true);
  expect(other.spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['POST /api/v1/chat', 'invoke_agent main', 'chat model-a']),
  );
});

it('stops with 0 where no collector is there, and says so', async () => {
  const gateway = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    OTEL_BSP_SCHEDULE_DELAY: '3600000',
  });
  expect((await gateway.fetch('/api/v1/chat', { json: { message: 'hello' } })).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
  expect(gateway.logs()).toMatch(/spans could not be sent/);
});

it('hands a caller’s trace on as it came where nobody wants traces', async () => {
  const gateway = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' });
  model.reset();
  await gateway.fetch('/api/v1/chat', { json: { message: 'hello' }, headers: { traceparent } });
  await gateway.fetch('/api/v1/chat', { json: { message: 'hello' } });
  expect(model.requests[0]?.headers.traceparent).toBe(traceparent);
  expect(model.requests[1]?.headers).not.toHaveProperty('traceparent');
});
