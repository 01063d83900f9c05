import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_CONNECTION_LIMITS } from '../src/index.js';
import { OPERATOR, type TestGateway, gate, parrot, raw, startGateway } from './gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());

const IMPATIENT = { limits: { ...DEFAULT_CONNECTION_LIMITS, headersTimeoutMs: 200, requestTimeoutMs: 400 } };

function bodyOf(response: string): unknown {
  return JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4));
}

describe('what never becomes a request', () => {
  it('is answered when it is garbage', async () => {
    gateway = await startGateway();
    const response = await raw(gateway, 'GARBAGE\r\n\r\n');
    expect(response).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(response).toMatch(/X-Request-Id: req_/);
    expect(bodyOf(response)).toMatchObject({ error: 'bad_request', status: 400, details: {} });
  });

  it('is answered when its headers are too large', async () => {
    gateway = await startGateway();
    const response = await raw(gateway, 'GET /health HTTP/1.1\r\nHost: x\r\n', `X: ${'y'.repeat(200_000)}\r\n\r\n`);
    expect(response).toMatch(/^HTTP\/1.1 431 /);
    expect(bodyOf(response)).toMatchObject({ status: 431 });
  });

  it('is ended when its headers are slow', async () => {
    gateway = await startGateway(IMPATIENT);
    const response = await raw(gateway, 'GET /health HTTP/1.1\r\nHost: x\r\n');
    expect(response).toMatch(/^HTTP\/1.1 408 /);
    expect(bodyOf(response)).toMatchObject({ error: 'timeout', status: 408 });
  });

  it('is ended when its body is slow', async () => {
    gateway = await startGateway(IMPATIENT);
    const response = await raw(
      gateway,
      `POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    );
    expect(response).toMatch(/^HTTP\/1.1 408 /);
    expect(bodyOf(response)).toMatchObject({ error: 'timeout', status: 408 });
  });

  it('is answered without a Host', async () => {
    gateway = await startGateway();
    const response = await raw(gateway, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(response).toMatch(/^HTTP\/1.1 400 /);
    expect(bodyOf(response)).toMatchObject({ message: 'The Host header is missing' });
  });
});

describe('an address that was sent as it was typed', () => {
  it('is understood, and the connection ends with its answer', async () => {
    gateway = await startGateway();
    const head = `Host: x\r\nAuthorization: Bearer ${OPERATOR}\r\n\r\n`;
    const response = await raw(gateway, `GET /api/v1/conversations/none?name=配置 HTTP/1.1\r\n${head}`);
    expect(response).toMatch(/^HTTP\/1.1 404 /);
    expect(response).toMatch(/\r\nConnection: close\r\n/i);
    expect(bodyOf(response)).toMatchObject({ error: 'not_found' });
  });
});

describe('close', () => {
  it('waits for the running, ends the idle and the silent', async () => {
    const held = gate();
    const began = gate();
    gateway = await startGateway({}, async function* (request, signal) {
      began.open();
      await held.opened;
      yield* parrot(request, signal);
    });
    const silent = net.connect(gateway.port, '127.0.0.1');
    const silentClosed = once(silent, 'close');
    await once(silent, 'connect');
    const idle = net.connect(gateway.port, '127.0.0.1');
    const idleClosed = once(idle, 'close');
    idle.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const running = fetch(`${gateway.url}/api/v1/chat`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' },
      body: '{"message":"a"}',
    });
    await began.opened;
    const closed = gateway.close(30_000);
    await Promise.all([silentClosed, idleClosed]);
    held.open();
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    await closed;
  });

  it('cuts off what is not done after the grace', async () => {
    const began = gate();
    gateway = await startGateway({}, async function* (_request, signal) {
      began.open();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      throw signal.reason as Error;
      yield { type: 'delta', text: '' };
    });
    const running = fetch(`${gateway.url}/api/v1/chat/stream`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' },
      body: '{"message":"a"}',
    });
    const text = running.then((response) => response.text());
    await began.opened;
    await Promise.all([expect(text).rejects.toThrow(), gateway.close(50)]);
  });
});
