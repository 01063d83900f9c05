import { describe, expect, it } from '@jest/globals';
import { makePrompt } from './make-prompt.js';

const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });

describe('makePrompt', () => {
  it('puts the message after the conversation', () => {
    expect(makePrompt([user('a'), assistant('b')], 'c', undefined)).toEqual([user('a'), assistant('b'), user('c')]);
  });

  it('has instructions first and the tail in place of the message', () => {
    const instructions = [{ role: 'developer' as const, content: 'brief' }];
    const tail = [user('c'), { role: 'tool' as const, toolCallId: '1', content: 'd' }];
    expect(
      makePrompt([user('a'), assistant('b')], 'c', { instructions, earlier: [user('x')], tail, options: {} }),
    ).toEqual([...instructions, user('a'), assistant('b'), ...tail]);
  });

  it('leaves out the turns that ended in tool calls: the tail has them, with their results', () => {
    const history = [user('a'), assistant('b'), user('weather?'), assistant(''), user('unanswered')];
    expect(makePrompt(history, 'x', { instructions: [], earlier: [], tail: [user('weather?')], options: {} })).toEqual([
      user('a'),
      assistant('b'),
      user('unanswered'),
      user('weather?'),
    ]);
  });

  it("believes the caller's own history where nothing is stored", () => {
    const earlier = [user('a'), assistant('')];
    expect(makePrompt([], 'c', { instructions: [], earlier, tail: [user('c')], options: {} })).toEqual([
      ...earlier,
      user('c'),
    ]);
  });

  it('has what was recalled, and what the channel adds, right before the message', () => {
    const recalled = user('memory');
    expect(makePrompt([user('a')], 'c', undefined, { recalled, context: 'chat' })).toEqual([
      user('a'),
      recalled,
      user('chat'),
      user('c'),
    ]);
    const prompt = { instructions: [], earlier: [user('b')], tail: [user('c')], options: {} };
    expect(makePrompt([], 'c', prompt, { recalled })).toEqual([user('b'), recalled, user('c')]);
  });
});
