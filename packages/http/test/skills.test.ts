import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunRequest, SkillFailed, ToolLoop } from '@openclaw/core';
import { InMemoryLogger, InMemorySkills, skillManifest } from '@openclaw/core/testing';
import { call, startGateway, type TestGateway, TOKENS, withoutIds } from './gateway.js';

const skills = new InMemorySkills();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({}, undefined, { skills });
  skills.registry.publish(
    skillManifest('forecast', { version: '1.2.0', permissions: { network: true, filesystem: false, shell: false } }),
  );
  skills.registry.publish(skillManifest('greedy', { permissions: { network: false, filesystem: false, shell: true } }));
  skills.add(
    skillManifest('weather', { inputSchema: { type: 'object', properties: { place: {} }, required: ['place'] } }),
    ({ args, session }) => {
      const { place } = args as { place: string };
      if (place === 'Atlantis') throw new SkillFailed('There is no place "Atlantis"');
      return `${place}: sunny${session === undefined ? '' : ` (${session})`}`;
    },
  );
});

afterAll(() => gateway.close());

const as = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('GET /api/v1/skills', () => {
  it('tells of every skill, in one body for two documents', async () => {
    await call(gateway, 'POST', '/api/v1/skills/weather/execute', { args: ['Wien'] });
    const { status, json } = await call(gateway, 'GET', '/api/v1/skills');
    expect(status).toBe(200);
    expect(json.skills).toEqual([
      {
        name: 'weather',
        version: '1.0.0',
        description: 'Does weather',
        status: 'active',
        enabled: true,
        permissions: { network: false, filesystem: false, shell: false },
        installed_at: '2026-11-20T12:00:00.000Z',
        last_used: expect.stringMatching(/Z$/),
        invocations: 1,
        source: 'folder',
        kind: 'function',
      },
    ]);
    expect(json).toMatchObject({ total: 1, success: true, data: { skills: json.skills } });
  });

  it("tells a tenant nothing of another one's use", async () => {
    const { json } = await call(gateway, 'GET', '/api/v1/skills', undefined, as(TOKENS.other));
    expect(json.skills[0]).toMatchObject({ invocations: 0, last_used: null });
  });

  it('needs the scope read', async () => {
    expect((await call(gateway, 'GET', '/api/v1/skills', undefined, as(TOKENS.send))).status).toBe(403);
  });
});

describe('POST /api/v1/skills/install and DELETE /api/v1/skills/:name', () => {
  it('installs and removes', async () => {
    const installed = await call(gateway, 'POST', '/api/v1/skills/install', { name: 'forecast', version: '1.2.0' });
    expect(installed.status).toBe(201);
    expect(installed.json).toMatchObject({
      name: 'forecast',
      version: '1.2.0',
      permissions: { network: true },
      integrity: 'sha512-forecast-1.2.0',
    });
    const removed = await call(gateway, 'DELETE', '/api/v1/skills/forecast');
    expect([removed.status, removed.json]).toEqual([200, { name: 'forecast', removed: true }]);
    expect((await call(gateway, 'DELETE', '/api/v1/skills/forecast')).status).toBe(404);
  });

  it.each<[string, object, number, string]>([
    ['an unknown name', { name: 'nobody' }, 404, 'not_found'],
    ['an unknown version', { name: 'forecast', version: '9.9.9' }, 404, 'not_found'],
    ['more than the policy grants', { name: 'greedy' }, 403, 'forbidden'],
    ['no name', {}, 400, 'bad_request'],
    ['a version that is no text', { name: 'forecast', version: 1 }, 400, 'bad_request'],
  ])('refuses %s', async (_, body, status, error) => {
    expect((await call(gateway, 'POST', '/api/v1/skills/install', body)).json).toMatchObject({ status, error });
  });

  it('needs the scope admin', async () => {
    for (const token of [TOKENS.chat, TOKENS.read]) {
      expect((await call(gateway, 'POST', '/api/v1/skills/install', { name: 'x' }, as(token))).status).toBe(403);
      expect((await call(gateway, 'DELETE', '/api/v1/skills/weather', undefined, as(token))).status).toBe(403);
    }
  });

  it('does not remove what it has not installed', async () => {
    expect((await call(gateway, 'DELETE', '/api/v1/skills/weather')).json).toMatchObject({
      status: 409,
      error: 'conflict',
    });
  });
});

describe('POST /api/v1/skills/:name/execute', () => {
  const execute = (body: unknown, name = 'weather') =>
    call(gateway, 'POST', `/api/v1/skills/${name}/execute`, body, as(TOKENS.chat));

  it.each<[string, object, string]>([
    ['a list', { args: ['北京'] }, '北京: sunny'],
    ['an object and a session', { args: { place: '北京' }, session: 'default' }, '北京: sunny (default)'],
  ])('takes %s', async (_, body, result) => {
    const { status, json } = await execute(body);
    expect(status).toBe(200);
    expect(json).toEqual({ success: true, data: { result, executionTime: expect.any(Number) } });
  });

  it("answers a failure with the skill's own words", async () => {
    expect((await execute({ args: ['Atlantis'] })).json).toEqual({
      error: 'skill_failed',
      message: 'There is no place "Atlantis"',
      status: 422,
      details: {},
      success: false,
    });
  });

  it('refuses what the input schema does not allow', async () => {
    const { json } = await execute({});
    expect(json).toMatchObject({
      status: 400,
      success: false,
      details: { errors: [{ field: 'args.place', message: 'args.place is missing' }] },
    });
    expect((await execute({ args: 'Wien' })).json).toMatchObject({
      status: 400,
      message: 'args must be an array or an object, got "Wien"',
    });
  });

  it('does not know other skills', async () => {
    expect((await execute({}, 'nobody')).json).toMatchObject({ status: 404, success: false });
  });

  it('needs the scope chat', async () => {
    expect((await call(gateway, 'POST', '/api/v1/skills/weather/execute', {}, as(TOKENS.read))).status).toBe(403);
  });
});

describe('a turn in which a skill is called', () => {
  let withSkills: TestGateway;

  beforeAll(async () => {
    const loop = new ToolLoop({ run: model }, skills.agents, () => 5, new InMemoryLogger());
    withSkills = await startGateway({}, (request, signal) =>
      loop.run(request, signal, { tenant: 'default', agentId: 'main', conversationId: 'c' }),
    );
  });

  afterAll(() => withSkills.close());

  it('is told as it happens in dialect B', async () => {
    const { text } = await call(
      withSkills,
      'POST',
      '/api/v1/message',
      { message: 'the weather?', conversation_id: 'c' },
      { Accept: 'text/event-stream' },
    );
    const frames = withoutIds(text)
      .trim()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.slice('data: '.length)) as object);
    expect(frames).toEqual([
      { type: 'start', conversation_id: 'c' },
      { type: 'skill_call', skill: 'weather', status: 'invoking' },
      { type: 'skill_result', skill: 'weather', status: 'completed' },
      { type: 'token', content: 'It is sunny.' },
      { type: 'end', tokens: { input: 20, output: 4 } },
    ]);
  });

  it('names its skills in the answer and in the conversation', async () => {
    const { json } = await call(withSkills, 'POST', '/api/v1/message', {
      message: 'the weather?',
      conversation_id: 'named',
    });
    expect(json).toMatchObject({ content: 'It is sunny.', skills_used: ['weather'] });
    const { json: conversation } = await call(withSkills, 'GET', '/api/v1/conversations/named');
    expect(conversation.messages[1]).toMatchObject({ skills_used: ['weather'] });
  });

  it('is a plain stream in dialects A and D', async () => {
    const a = await call(withSkills, 'POST', '/api/v1/chat/stream', { message: 'the weather?' });
    expect(a.text).not.toContain('skill');
    const d = await call(withSkills, 'POST', '/api/v1/message/stream', { text: 'the weather?' });
    expect(withoutIds(d.text)).toBe('data: {"chunk":"It is sunny."}\n\ndata: [DONE]\n\n');
  });
});

/** Asks for the weather, then tells it. */
async function* model({ messages }: RunRequest) {
  const usage = { inputTokens: 10, outputTokens: 2 };
  if (messages.at(-1)?.role === 'tool') {
    yield { type: 'delta' as const, text: 'It is sunny.' };
    yield { type: 'finished' as const, model: 'm1', usage, finishReason: 'stop' };
  } else {
    yield { type: 'tool-call' as const, index: 0, id: 'c1', name: 'weather', arguments: '{"place":"Wien"}' };
    yield { type: 'finished' as const, model: 'm1', usage, finishReason: 'tool_calls' };
  }
}
