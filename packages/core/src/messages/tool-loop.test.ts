import { describe, expect, it } from '@jest/globals';
import { InMemoryLogger } from '../shared/logger.js';
import { SkillFailed } from '../shared/errors.js';
import { InMemorySkills, skillManifest } from '../skills/in-memory-skills.js';
import type { RunEvent, RunRequest } from './agent-runner.js';
import type { SkillEvent } from './skilled-runner.js';
import { ToolLoop } from './tool-loop.js';

type Step = (request: RunRequest, signal: AbortSignal) => RunEvent[];

const PLACE = { tenant: 't', agentId: 'main', conversationId: 'conv' };
const never = new AbortController().signal;
const usage = { inputTokens: 1, outputTokens: 2 };

function calls(...asked: [name: string, args: string][]): RunEvent[] {
  const pieces = asked.flatMap(([name, args], index): RunEvent[] => [
    { type: 'tool-call', index, id: `call-${index}`, name, arguments: args.slice(0, 3) },
    { type: 'tool-call', index, arguments: args.slice(3) },
  ]);
  return [...pieces, { type: 'finished', model: 'm', usage, finishReason: 'tool_calls' }];
}

function says(text: string): RunEvent[] {
  return [
    { type: 'delta', text },
    { type: 'finished', model: 'm', usage, finishReason: 'stop' },
  ];
}

function loopOf(steps: Step[], maxSteps = 10) {
  const skills = new InMemorySkills();
  const requests: RunRequest[] = [];
  const runner = {
    async *run(request: RunRequest, signal: AbortSignal) {
      requests.push(request);
      const step = steps[requests.length - 1];
      if (!step) throw new Error(`nobody expected step ${requests.length}`);
      yield* step(request, signal);
    },
  };
  const logger = new InMemoryLogger();
  const loop = new ToolLoop(runner, skills.agents, () => maxSteps, logger);
  const run = async (more: Partial<RunRequest> = {}, signal = never) => {
    const events: (RunEvent | SkillEvent)[] = [];
    const request = {
      choice: { provider: 'p', model: 'm' },
      system: 'Be kind.',
      messages: [{ role: 'user', content: 'hello' }],
      ...more,
    };
    for await (const event of loop.run(request as RunRequest, signal, PLACE)) events.push(event);
    return events;
  };
  return { skills, requests, run, logger };
}

describe('ToolLoop', () => {
  it('runs the model as it is where the agent has no skills', async () => {
    const { run, requests } = loopOf([() => says('hi')]);
    expect(await run()).toEqual(says('hi'));
    expect(requests[0]).not.toHaveProperty('tools');
  });

  it('offers the skills, runs what is asked for, and puts the fenced result before the model', async () => {
    const { skills, run, requests } = loopOf([() => calls(['weather', '{"place":"Wien"}']), () => says('It rains.')]);
    skills.add(
      skillManifest('weather', { inputSchema: { type: 'object', required: ['place'] } }),
      ({ args, session }) => ({ args, session }),
    );
    const events = await run();
    expect(events).toEqual([
      { type: 'skill-call', skill: 'weather' },
      { type: 'skill-result', skill: 'weather', status: 'completed' },
      { type: 'delta', text: 'It rains.' },
      { type: 'finished', model: 'm', usage: { inputTokens: 2, outputTokens: 4 }, finishReason: 'stop' },
    ]);
    expect(requests[0]?.tools).toEqual([
      { name: 'weather', description: 'Does weather', parameters: { type: 'object', required: ['place'] } },
    ]);
    const [, asked, result] = requests[1]?.messages ?? [];
    expect(asked).toEqual({
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'call-0', name: 'weather', arguments: '{"place":"Wien"}' }],
    });
    expect(result).toMatchObject({
      role: 'tool',
      toolCallId: 'call-0',
      content: expect.stringMatching(/^<untrusted mark="\w+" source="skill weather">/),
    });
    expect(result).toMatchObject({ content: expect.stringContaining('{"args":{"place":"Wien"},"session":"conv"}') });
    expect(requests[1]?.system).toBe('Be kind.');
    expect((await skills.store.uses('t')).get('weather')?.invocations).toBe(1);
  });

  it('runs what is asked for at once at the same time, and keeps the order of the results', async () => {
    const { skills, run, requests } = loopOf([() => calls(['slow', '{}'], ['fast', '{}']), () => says('done')]);
    let letSlowGo: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (letSlowGo = resolve));
    skills.add(skillManifest('slow'), async () => {
      await slow;
      return 'late';
    });
    skills.add(skillManifest('fast'), () => {
      letSlowGo();
      return 'early';
    });
    const events = await run();
    expect(events.slice(0, 2).map((event) => event.type)).toEqual(['skill-call', 'skill-call']);
    expect(requests[1]?.messages.slice(-2)).toMatchObject([
      { toolCallId: 'call-0', content: expect.stringContaining('late') },
      { toolCallId: 'call-1', content: expect.stringContaining('early') },
    ]);
  });

  it.each<[string, string, (skills: InMemorySkills) => void, RegExp]>([
    [
      'fails',
      '{}',
      (skills) => skills.add(skillManifest('s'), () => Promise.reject(new SkillFailed('no such city'))),
      /The skill failed.*no such city/s,
    ],
    [
      'breaks',
      '{}',
      (skills) => skills.add(skillManifest('s'), () => Promise.reject(new Error('secret detail'))),
      /The skill failed.*Internal error/s,
    ],
    [
      'is called with what is no JSON',
      '{"a":',
      (skills) => skills.add(skillManifest('s'), () => 'never'),
      /not a JSON object/,
    ],
    [
      'gets wrong arguments',
      '{}',
      (skills) => skills.add(skillManifest('s', { inputSchema: { type: 'object', required: ['x'] } }), () => 'never'),
      /args\.x is missing/,
    ],
  ])('tells the model of a skill that %s', async (_, args, add, told) => {
    const { skills, run, requests } = loopOf([() => calls(['s', args]), () => says('I could not.')]);
    add(skills);
    const events = await run();
    expect(events).toContainEqual({ type: 'skill-result', skill: 's', status: 'failed' });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
    expect(requests[1]?.messages.at(-1)).toMatchObject({ content: expect.stringMatching(told) });
    expect(JSON.stringify(requests[1]?.messages)).not.toContain('secret detail');
  });

  it('tells the model that a function is not there which it has made up, beside those that are', async () => {
    const { skills, run, requests } = loopOf([
      () => calls(['search_web', '{"q":"x"}'], ['weather', '{}']),
      () => calls(['search_web', '{}']),
      () => says('I can not search.'),
    ]);
    skills.add(skillManifest('weather'), () => 'rain');
    const events = await run();
    expect(events.map(({ type }) => type)).toEqual(['skill-call', 'skill-result', 'delta', 'finished']);
    const told = requests[2]?.messages.map((message) => [message.role, 'toolCallId' in message && message.toolCallId]);
    expect(told?.slice(1)).toEqual([
      ['assistant', false],
      ['tool', 'call-0'],
      ['tool', 'call-1'],
      ['assistant', false],
      ['tool', 'call-0'],
    ]);
    expect(requests[1]?.messages[2]?.content).toBe('Not run: there is no such function.');
    expect(requests[1]?.messages[3]?.content).toContain('rain');
  });

  it('cuts a huge result', async () => {
    const { skills, run, requests } = loopOf([() => calls(['s', '']), () => says('much')]);
    skills.add(skillManifest('s'), () => 'x'.repeat(1_000_000));
    await run();
    const content = String(requests[1]?.messages.at(-1)?.content);
    expect(content.length).toBeLessThan(40_000);
    expect(content).toContain('cut off: 1000000 characters in all');
  });

  it('gives the instructions of a skill of text as they are', async () => {
    const { skills, run, requests } = loopOf([() => calls(['manual', '{}']), () => says('ok')]);
    skills.add(skillManifest('manual', { kind: 'instructions', body: '# Do it so' }));
    await run();
    expect(requests[1]?.messages.at(-1)).toMatchObject({ content: '# Do it so' });
  });

  it('lets the model call nothing in the last step, so that there is an answer', async () => {
    const { skills, run, requests } = loopOf([() => calls(['s', '{}']), () => says('done')], 2);
    skills.add(skillManifest('s'), () => 1);
    const events = await run();
    expect(requests).toHaveLength(2);
    expect(requests[0]).not.toHaveProperty('toolChoice');
    // Told all the same: some providers want the functions whose calls stand in the prompt.
    expect(requests[1]).toMatchObject({ tools: [{ name: 's' }], toolChoice: 'none' });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });

  it('fails where the model calls on in the last step and says nothing, and passes no call of it on', async () => {
    const silent = loopOf([() => calls(['s', '{}']), () => calls(['s', '{}'])], 2);
    silent.skills.add(skillManifest('s'), () => 1);
    await expect(silent.run()).rejects.toThrow('no answer in 2 steps (maxSteps)');
    const talking = loopOf([() => calls(['s', '{}']), () => [...says('done').slice(0, 1), ...calls(['s', '{}'])]], 2);
    talking.skills.add(skillManifest('s'), () => 1);
    const types = (await talking.run()).map(({ type }) => type);
    expect(types).toEqual(['skill-call', 'skill-result', 'delta', 'finished']);
  });

  it('tells of no more skills than it runs, however many are asked for at once', async () => {
    const many = Array.from({ length: 40 }, (): [string, string] => ['s', '{}']);
    const { skills, run, requests } = loopOf([() => calls(...many), () => says('done')]);
    skills.add(skillManifest('s'), () => 1);
    const types = (await run()).map(({ type }) => type);
    expect(types.filter((type) => type === 'skill-call')).toHaveLength(16);
    expect(types.filter((type) => type === 'skill-result')).toHaveLength(16);
    expect(requests[1]?.messages.at(-1)).toMatchObject({ role: 'tool', content: 'Not run: at most 16 calls at once.' });
  });

  it('sets apart what was said before and after a skill', async () => {
    const { skills, run } = loopOf([
      () => [{ type: 'delta', text: 'Let me see.' }, ...calls(['s', '{}'])],
      () => says('Here it is.'),
    ]);
    skills.add(skillManifest('s'), () => 1);
    const text = (await run()).map((event) => (event.type === 'delta' ? event.text : '')).join('');
    expect(text).toBe('Let me see.\n\nHere it is.');
  });

  it("leaves the caller's functions to the caller, in the place of skills of that name and before others", async () => {
    const { skills, run, requests } = loopOf([
      () => calls(['s', '{"a":1}'], ['mine', '{"b":2}'], ['shared', '{"c":3}']),
    ]);
    skills.add(skillManifest('s'), () => 'never');
    skills.add(skillManifest('shared'), () => 'never');
    const events = await run({ tools: [{ name: 'mine' }, { name: 'shared', description: "the caller's" }] });
    expect(requests[0]?.tools?.map(({ name }) => name)).toEqual(['s', 'mine', 'shared']);
    expect(events.filter(({ type }) => type === 'skill-call')).toEqual([]);
    const passed = events.flatMap((event) =>
      event.type === 'tool-call' && event.name !== undefined ? [[event.index, event.name]] : [],
    );
    expect(passed).toEqual([
      [0, 'mine'],
      [1, 'shared'],
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finished', finishReason: 'tool_calls' });
  });

  it.each(['none', { name: 'mine' }] as const)('offers no skills where the caller chooses %j', async (toolChoice) => {
    const { skills, run, requests } = loopOf([() => says('ok')]);
    skills.add(skillManifest('s'), () => 1);
    await run({ tools: [{ name: 'mine' }], toolChoice });
    expect(requests[0]?.tools).toEqual([{ name: 'mine' }]);
  });

  it('kills the skills when the turn is stopped', async () => {
    const { skills, run } = loopOf([() => calls(['s', '{}'])]);
    const stop = new AbortController();
    const reason = new Error('stopped');
    let told: unknown;
    skills.add(skillManifest('s'), (_call, _skill, signal) => {
      signal.addEventListener('abort', () => (told = signal.reason));
      stop.abort(reason);
      return new Promise(() => undefined);
    });
    await expect(run({}, stop.signal)).rejects.toBe(reason);
    expect(told).toBe(reason);
  });
});
