import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunEvent, SkillEvent } from '@openclaw/core';
import { OPERATOR, TOKENS, type Script, type TestGateway, call, gate, parrot, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  gateway.script.run = parrot;
});
afterAll(() => gateway.close());

interface Event {
  id: string;
  data: string;
}

function eventsOf(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.includes('data: '))
    .map((frame) => ({
      id: /^id: (.*)$/m.exec(frame)?.[1] ?? '',
      data: /^data: (.*)$/m.exec(frame)?.[1] ?? '',
    }));
}

/** Reads a stream until it has that many events, then leaves. */
async function readSome(path: string, body: object, count: number, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (eventsOf(text).length < count) text += (await reader.read()).value ?? '';
  leaving.abort();
  return { id: response.headers.get('x-openclaw-message-id') ?? '', events: eventsOf(text).slice(0, count) };
}

function resume(id: string, lastEventId: string | undefined, query = '') {
  const headers = lastEventId === undefined ? undefined : { 'Last-Event-ID': lastEventId };
  return call(gateway, 'GET', `/api/v1/message/${id}/stream${query}`, undefined, headers);
}

/** Says its words one by one, as the test lets it. */
function wordByWord(words: string[]) {
  return stepByStep(words.map((text) => ({ type: 'delta', text })));
}

function stepByStep(steps: (RunEvent | SkillEvent)[]) {
  let allowed = 0;
  let wake = (): void => undefined;
  const asked = Promise.withResolvers<void>();
  const script: Script = async function* (_request, signal) {
    asked.resolve();
    for (const [i, step] of steps.entries()) {
      while (i >= allowed) {
        await new Promise<void>((resolve, reject) => {
          wake = resolve;
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
      }
      yield step;
    }
    yield { type: 'finished', model: 'm1' };
  };
  const say = (count: number) => {
    allowed += count;
    wake();
  };
  return { script, say, asked: asked.promise };
}

describe('the events of a stream', () => {
  it.each([
    ['/api/v1/chat/stream', { message: 'one two three' }],
    ['/api/v1/message/stream', { message: 'one two three' }],
    ['/api/v1/message/stream', { text: 'one two three' }],
  ])('%s %j have ids, and what follows each can be had again', async (path, body) => {
    const whole = await call(gateway, 'POST', path, body);
    const id = whole.headers.get('x-openclaw-message-id') ?? '';
    const events = eventsOf(whole.text).filter((event) => event.data !== '[DONE]' || event.id !== '');
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    for (const [i, event] of events.entries()) {
      const rest = await resume(id, event.id);
      if (i === events.length - 1) {
        expect(rest.status).toBe(204);
        continue;
      }
      const said = (all: Event[]) =>
        all.map(({ data }) => /"(?:content|chunk)":"(.*?)"/.exec(data)?.[1] ?? '').join('');
      expect(said(eventsOf(rest.text))).toBe(said(events.slice(i + 1)));
      expect(eventsOf(rest.text).at(-1)).toEqual(events.at(-1));
    }
  });

  it('are told in another dialect when asked to, and from the start without a Last-Event-ID', async () => {
    const whole = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'x' });
    const id = whole.headers.get('x-openclaw-message-id') ?? '';
    expect((await resume(id, undefined)).text).toMatch(/"type":"start","conversation_id".*"type":"end"/s);
    expect((await resume(id, undefined, '?dialect=a')).text).toMatch(/"type":"start","conversationId".*"type":"done"/s);
    expect((await resume(id, undefined, '?dialect=d')).text).toMatch(/"chunk":"you said: x".*\[DONE\]/s);
    expect((await resume(id, undefined, '?dialect=e')).status).toBe(400);
  });

  it('are not another tenant’s, nor those of another message', async () => {
    const whole = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'x' });
    const id = whole.headers.get('x-openclaw-message-id') ?? '';
    const token = { Authorization: `Bearer ${TOKENS.other}` };
    for (const path of ['stream', 'cancel']) {
      const method = path === 'stream' ? 'GET' : 'POST';
      expect((await call(gateway, method, `/api/v1/message/${id}/${path}`, undefined, token)).status).toBe(404);
      expect((await call(gateway, method, `/api/v1/message/msg_none/${path}`)).status).toBe(404);
    }
    for (const wrong of ['msg_other:a1.0', 'nonsense', `${id}:c1.0`, `${id}:a0.5`])
      expect((await resume(id, wrong)).status).toBe(400);
  });
});

describe('a turn that calls skills', () => {
  const called = (skill: string) => ({ type: 'skill-call', skill }) as const;
  const ended = (skill: string, status: 'completed' | 'failed') => ({ type: 'skill-result', skill, status }) as const;
  const steps = [
    called('weather'),
    called('time'),
    ended('time', 'completed'),
    ended('weather', 'failed'),
    { type: 'delta', text: 'It is ' } as const,
    called('time'),
    ended('time', 'completed'),
    { type: 'delta', text: '낮.' } as const,
  ];
  const spoken = [
    '{"type":"skill_call","skill":"weather","status":"invoking"}',
    '{"type":"skill_call","skill":"time","status":"invoking"}',
    '{"type":"skill_result","skill":"time","status":"completed"}',
    '{"type":"skill_result","skill":"weather","status":"failed"}',
    '{"type":"token","content":"It is "}',
    '{"type":"skill_call","skill":"time","status":"invoking"}',
    '{"type":"skill_result","skill":"time","status":"completed"}',
    '{"type":"token","content":"낮."}',
  ];
  const dataOf = (text: string) => eventsOf(text).map(({ data }) => data);

  it.each([
    ['plain', {}],
    ['detached', { 'X-OpenClaw-Detach': 'true' }],
    ['keyed', { 'Idempotency-Key': 'skills' }],
  ])('tells of each once, in its place, however it is heard (%s)', async (_, headers) => {
    const model = stepByStep(steps);
    gateway.script.run = model.script;
    const body = { message: 'x' };
    model.say(3);
    const streamed = call(gateway, 'POST', '/api/v1/message/stream', body, headers);
    await model.asked;
    model.say(steps.length);
    const whole = await streamed;
    const id = whole.headers.get('x-openclaw-message-id') ?? '';
    const events = eventsOf(whole.text);
    expect(events.slice(1, -1).map(({ data }) => data)).toEqual(spoken);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    for (const [i, event] of events.entries())
      expect(eventsOf((await resume(id, event.id)).text)).toEqual(events.slice(i + 1));
    expect(eventsOf((await resume(id, undefined)).text)).toEqual(events);
    expect(dataOf((await resume(id, undefined, '?dialect=d')).text).join('')).not.toContain('skill');
    expect(dataOf((await resume(id, undefined, '?dialect=a')).text).join('')).not.toContain('skill');
    if (!('Idempotency-Key' in headers)) return;
    const replayed = await call(gateway, 'POST', '/api/v1/message/stream', body, headers);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(eventsOf(replayed.text)).toEqual(events);
  });

  it('tells them to who comes while it runs, and to who was cut off', async () => {
    const model = stepByStep(steps);
    gateway.script.run = model.script;
    model.say(3);
    const cut = await readSome('/api/v1/message/stream', { message: 'x' }, 4, { 'X-OpenClaw-Detach': 'true' });
    const late = resume(cut.id, undefined);
    const rest = resume(cut.id, cut.events.at(-1)?.id);
    model.say(steps.length);
    expect(dataOf((await rest).text).slice(0, -1)).toEqual(spoken.slice(3));
    expect(dataOf((await late).text).slice(1, -1)).toEqual(spoken);
  });
});

describe('a detached turn', () => {
  const words = ['one ', 'two ', 'three ', 'four ', '다섯 ', '🙂 ', 'seven'];

  it('goes on without its client, and what it missed comes exactly once', async () => {
    const model = wordByWord(words);
    gateway.script.run = model.script;
    model.say(2);
    const detach = { 'X-OpenClaw-Detach': 'true' };
    const { id, events } = await readSome('/api/v1/chat/stream', { message: 'count' }, 3, detach);
    model.say(2);
    const rest = resume(id, events.at(-1)?.id);
    model.say(3);
    const said = eventsOf((await rest).text).map(
      ({ data }) => (JSON.parse(data) as { content?: string }).content ?? '',
    );
    expect(said).toEqual([...words.slice(2), '']);
    const last = await resume(id, events.at(-1)?.id);
    expect(eventsOf(last.text)).toEqual(eventsOf((await rest).text));
    const status = await call(gateway, 'GET', `/api/v1/message/${id}/status`);
    expect(status.json).toMatchObject({ status: 'completed', response: { content: words.join('') } });
    expect(status.json.response.interrupted).toBeUndefined();
  });

  it('can be one that is not streamed', async () => {
    const model = wordByWord(words);
    gateway.script.run = model.script;
    const leaving = new AbortController();
    const gone = fetch(`${gateway.url}/api/v1/chat`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json', 'X-OpenClaw-Detach': 'true' },
      body: JSON.stringify({ message: 'x', conversationId: 'c-detached' }),
      signal: leaving.signal,
    });
    const messages = async () =>
      (await call(gateway, 'GET', '/api/v1/conversations/c-detached')).json.messages as
        { content: string }[] | undefined;
    while (!(await messages())) continue;
    leaving.abort();
    await expect(gone).rejects.toThrow();
    model.say(words.length);
    while ((await messages())?.length !== 2) continue;
    expect((await messages())?.[1]).toMatchObject({ content: words.join('') });
  });

  it('is asked for by true or false', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat', { message: 'x' }, { 'X-OpenClaw-Detach': 'yes' });
    expect([answer.status, answer.json.details.errors[0].field]).toEqual([400, 'X-OpenClaw-Detach']);
  });
});

describe('a plain stream', () => {
  it('can be followed by others while it runs', async () => {
    const model = wordByWord(['a', 'b', 'c', 'd']);
    gateway.script.run = model.script;
    model.say(2);
    const began = gate();
    const response = await fetch(`${gateway.url}/api/v1/chat/stream`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' },
      body: '{"message":"x"}',
    });
    began.open();
    const id = response.headers.get('x-openclaw-message-id') ?? '';
    const other = resume(id, undefined, '?dialect=d');
    model.say(2);
    expect(await response.text()).toContain('"done"');
    const said = eventsOf((await other).text).map(({ data }) => (data === '[DONE]' ? '' : JSON.parse(data).chunk));
    expect(said.join('')).toBe('abcd');
  });

  it('that its client leaves is stopped, and its rest is what it had said', async () => {
    const model = wordByWord(['a', 'b', 'c', 'd']);
    gateway.script.run = model.script;
    model.say(2);
    const { id, events } = await readSome('/api/v1/chat/stream', { message: 'x' }, 2);
    const rest = await resume(id, events.at(-1)?.id);
    expect(rest.text).toContain('"interrupted":true');
    expect(rest.text).not.toContain('"content":"c"');
  });
});

describe('cancelling', () => {
  it('stops a turn and keeps what it said', async () => {
    const model = wordByWord(['half ', 'never']);
    gateway.script.run = model.script;
    model.say(1);
    const response = await fetch(`${gateway.url}/api/v1/message/stream`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' },
      body: '{"message":"x"}',
    });
    const id = response.headers.get('x-openclaw-message-id') ?? '';
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('half')) text += (await reader.read()).value ?? '';
    const cancelled = await call(gateway, 'POST', `/api/v1/message/${id}/cancel`);
    expect([cancelled.status, cancelled.json]).toEqual([202, { id, status: 'cancelling' }]);
    for (let done = false; !done;) {
      const piece = await reader.read();
      text += piece.value ?? '';
      done = piece.done;
    }
    expect(eventsOf(text).at(-1)?.data).toMatch(/"type":"end".*"interrupted":true/);
    const status = await call(gateway, 'GET', `/api/v1/message/${id}/status`);
    expect(status.json).toMatchObject({ status: 'completed', response: { content: 'half ', interrupted: true } });
    expect((await call(gateway, 'POST', `/api/v1/message/${id}/cancel`)).status).toBe(409);
  });

  it('of a turn that has said nothing is a failure, of one that waits too', async () => {
    const model = wordByWord(['never']);
    gateway.script.run = model.script;
    const first = await call(gateway, 'POST', '/api/v1/message', {
      message: 'x',
      timeout_ms: 1,
      conversation_id: 'c-cancel',
    });
    const { id } = first.json.details;
    const waiting = await call(gateway, 'POST', '/api/v1/message', {
      message: 'y',
      wait_for_response: false,
      conversation_id: 'c-cancel',
    });
    const cancelled = await call(gateway, 'POST', `/api/v1/message/${waiting.json.id}/cancel`);
    expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled']);
    expect((await call(gateway, 'POST', `/api/v1/message/${id}/cancel`)).status).toBe(202);
    for (const cancelledId of [id, waiting.json.id]) {
      let status = await call(gateway, 'GET', `/api/v1/message/${cancelledId}/status`);
      while (status.json.status === 'processing')
        status = await call(gateway, 'GET', `/api/v1/message/${cancelledId}/status`);
      expect(status.json).toMatchObject({ status: 'failed', error: { error: 'conflict' } });
    }
  });

  it('is told to whoever waits for the answer', async () => {
    const model = wordByWord(['never']);
    gateway.script.run = model.script;
    const headers = { 'Idempotency-Key': 'cancelled while waiting' };
    const body = { message: 'x', conversation_id: 'c-told' };
    const waiting = call(gateway, 'POST', '/api/v1/message', body, headers);
    while ((await call(gateway, 'GET', '/api/v1/conversations/c-told')).status !== 200) continue;
    const attached = await fetch(`${gateway.url}/api/v1/message`, {
      method: 'POST',
      headers: {
        ...headers,
        Authorization: `Bearer ${OPERATOR}`,
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
      },
      body: JSON.stringify(body),
    });
    expect(attached.headers.get('idempotent-replayed')).toBe('true');
    await call(gateway, 'POST', `/api/v1/message/${attached.headers.get('x-openclaw-message-id')}/cancel`);
    expect(await waiting).toMatchObject({ status: 409, json: { error: 'conflict' } });
    expect(await attached.text()).toMatch(/"type":"error","error":"conflict"/);
  });

  it('needs the scope chat', async () => {
    const token = { Authorization: `Bearer ${TOKENS.read}` };
    expect((await call(gateway, 'POST', '/api/v1/message/msg_x/cancel', undefined, token)).status).toBe(403);
  });
});
