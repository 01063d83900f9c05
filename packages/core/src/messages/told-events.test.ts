import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import { ToldEvents } from './told-events.js';
import type { TurnPart } from './turn-relay.js';

const ref = { tenant: 'acme', conversationId: 'c', id: 'msg_1', no: 1 };

function setUp(run = 1) {
  const parts: TurnPart[] = [];
  const relay = {
    failures: 0,
    tell: async (_ref: unknown, part: TurnPart) => {
      if (relay.failures-- > 0) throw new Unavailable('the database is away');
      parts.push(part);
    },
  };
  return { parts, relay, told: new ToldEvents(relay, ref, run, new InMemoryLogger()) };
}

describe('ToldEvents', () => {
  it('tells nothing that nobody wants to hear', async () => {
    const { told, parts } = setUp();
    told.add('a');
    await told.end();
    expect(parts).toEqual([]);
  });

  it('tells of its run before anything is said, then what comes together in one part', async () => {
    const { told, parts } = setUp(2);
    told.begin([]);
    await new Promise(setImmediate);
    for (const text of ['ab', 'c', 'def']) told.add(text);
    await told.end();
    expect(parts).toEqual([
      { run: 2, at: 0, skillEvents: 0, items: [] },
      { run: 2, at: 0, skillEvents: 0, items: ['ab', 'c', 'def'] },
    ]);
  });

  it('tells what became of skills among the texts, and counts it apart from them', async () => {
    const { told, parts } = setUp();
    const called = { type: 'skill-call', skill: 'weather' } as const;
    told.begin(['ab', called]);
    await new Promise(setImmediate);
    told.add(called);
    told.add('c');
    await told.end();
    expect(parts).toEqual([
      { run: 1, at: 0, skillEvents: 0, items: ['ab', called] },
      { run: 1, at: 2, skillEvents: 1, items: [called, 'c'] },
    ]);
  });

  it('that begins late tells what was said before', async () => {
    const { told, parts } = setUp();
    told.add('not yet');
    told.begin(['so far']);
    told.begin(['so far and more']);
    told.add(' more');
    await told.end();
    expect(parts.flatMap((part) => part.items)).toEqual(['so far', ' more']);
    expect(parts.at(-1)).toMatchObject({ at: parts.length === 1 ? 0 : 6 });
  });

  it('tells by itself after a moment, and at once when much has come together', async () => {
    const { told, parts } = setUp();
    told.begin([]);
    await new Promise(setImmediate);
    told.add('soon');
    while (parts.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 256; i++) told.add('x');
    await new Promise(setImmediate);
    expect(parts.at(-1)).toMatchObject({ at: 4 });
    expect(parts.at(-1)?.items).toHaveLength(256);
    await told.end();
  });

  it('tells later what could not be told, without a gap', async () => {
    const { told, parts, relay } = setUp();
    relay.failures = 2;
    told.begin([]);
    told.add('a');
    await new Promise(setImmediate);
    told.add('b');
    while (parts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    told.add('c');
    await told.end();
    let at = 0;
    for (const part of parts) {
      expect(part.at).toBe(at);
      at += part.items.join('').length;
    }
    expect(parts.flatMap((part) => part.items).join('')).toBe('abc');
  });

  it('gives up at the end what can not be told', async () => {
    const { told, parts, relay } = setUp();
    relay.failures = Number.POSITIVE_INFINITY;
    told.begin(['said']);
    await told.end();
    expect(parts).toEqual([]);
  });
});
