import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '../shared/errors.js';
import { AgentSlots } from './agent-slots.js';

const free = () => new AbortController().signal;

describe('AgentSlots', () => {
  it('lets in as many turns as can run and wait, and refuses the next with Retry-After', () => {
    const slots = new AgentSlots(() => ({ maxConcurrent: 1, maxQueued: 2 }));
    const leave = [1, 2, 3].map(() => slots.admit('main'));
    expect(() => slots.admit('main')).toThrow(Unavailable);
    expect(() => slots.admit('main')).toThrow(expect.objectContaining({ retryAfterSeconds: 2 }));
    slots.admit('other')();
    leave[0]?.();
    leave[0]?.();
    slots.admit('main');
    expect(() => slots.admit('main')).toThrow(Unavailable);
  });

  it('runs no more at once than it may, each tenant in its own order, tenants by turns', async () => {
    const slots = new AgentSlots(() => ({ maxConcurrent: 1, maxQueued: 10 }));
    const first = await slots.enter('main', 'busy', free());
    const order: string[] = [];
    const runs = ['busy 1', 'busy 2', 'busy 3', 'calm 1', 'calm 2'].map(async (name) => {
      const leave = await slots.enter('main', name.split(' ')[0] ?? '', free());
      order.push(name);
      expect(slots.depths()).toMatchObject([{ running: 1 }]);
      leave();
    });
    expect(slots.depths()).toEqual([{ agent: 'main', running: 1, queued: 5 }]);
    first();
    await Promise.all(runs);
    expect(order).toEqual(['busy 1', 'calm 1', 'busy 2', 'calm 2', 'busy 3']);
    expect(slots.depths()).toEqual([]);
  });

  it('lets who waits go away', async () => {
    const slots = new AgentSlots(() => ({ maxConcurrent: 1, maxQueued: 10 }));
    const leave = await slots.enter('main', 'a', free());
    const aborter = new AbortController();
    const waiting = slots.enter('main', 'a', aborter.signal);
    const next = slots.enter('main', 'a', free());
    aborter.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(slots.enter('main', 'a', aborter.signal)).rejects.toThrow('gone');
    leave();
    (await next)();
    expect(slots.depths()).toEqual([]);
  });

  it('follows limits that change while turns wait', async () => {
    const limits = { maxConcurrent: 1, maxQueued: 10 };
    const slots = new AgentSlots(() => limits);
    const leave = await slots.enter('main', 'a', free());
    const waiting = [1, 2, 3].map(() => slots.enter('main', 'a', free()));
    limits.maxConcurrent = 3;
    leave();
    await Promise.all(waiting);
    expect(slots.depths()).toEqual([{ agent: 'main', running: 3, queued: 0 }]);
  });
});
