import { describe, expect, it } from '@jest/globals';
import { ActiveTurns } from '../messages/active-turns.js';
import { Unavailable } from '../shared/errors.js';
import { CallSkill } from './call-skill.js';

const never = new AbortController().signal;
const command = { tenant: 't', name: 's', args: {} };

/** A skill that runs until it is let go, or stopped. */
function held() {
  const { promise, resolve } = Promise.withResolvers<{ result: unknown; seconds: number }>();
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  const execute = (_: unknown, signal: AbortSignal) => {
    begin();
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
    return Promise.race([promise, stopped]);
  };
  return { skills: { execute }, began, letGo: () => resolve({ result: 'done', seconds: 1 }) };
}

describe('CallSkill', () => {
  it('lets a skill come to its end when the gateway stops, and runs no other', async () => {
    const active = new ActiveTurns();
    const { skills, began, letGo } = held();
    const calls = new CallSkill(skills, active);
    const running = calls.execute(command, never);
    await began;
    const drained = active.drain(60_000);
    await expect(calls.execute(command, never)).rejects.toThrow(Unavailable);
    letGo();
    expect((await running).result).toBe('done');
    await drained;
  });

  it('says that the gateway stops where there is no time for that', async () => {
    const active = new ActiveTurns();
    const { skills, began } = held();
    const running = new CallSkill(skills, active).execute(command, never);
    const refused = expect(running).rejects.toThrow(/shutting down/);
    await began;
    await active.drain(0);
    await refused;
  });

  it('stops the skill of a caller who left', async () => {
    const active = new ActiveTurns();
    const { skills, began } = held();
    const caller = new AbortController();
    const running = new CallSkill(skills, active).execute(command, caller.signal);
    const refused = expect(running).rejects.toThrow('left');
    await began;
    caller.abort(new Error('left'));
    await refused;
    expect(active.size).toBe(0);
  });
});
