import { describe, expect, it } from '@jest/globals';
import { OPENING, boundHistory, estimateTokens } from './history.js';
import type { HistoryMessage } from './turn.js';

const user = (content: string): HistoryMessage => ({ role: 'user', content });
const assistant = (content: string): HistoryMessage => ({ role: 'assistant', content });
const roomy = { maxMessages: 100, maxTokens: 10_000 };

describe('estimateTokens', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['four', 1],
    ['fives', 2],
    ['한국어', 3],
    ['漢字 and more', 5],
  ])('%j: %i', (text, tokens) => expect(estimateTokens(text)).toBe(tokens));
});

describe('boundHistory', () => {
  const history = [user('a'), assistant('b'), user('c'), assistant('d')];

  it('leaves a short history as it is', () => {
    expect(boundHistory(history, roomy)).toEqual(history);
    expect(boundHistory([], roomy)).toEqual([]);
  });

  it('keeps the newest messages', () => {
    expect(boundHistory(history, { ...roomy, maxMessages: 2 })).toEqual([user('c'), assistant('d')]);
    expect(boundHistory(history, { ...roomy, maxTokens: 2 })).toEqual([user('c'), assistant('d')]);
  });

  it('keeps what the agent said first, and lets a user begin all the same', () => {
    const sent = [assistant('a'), assistant('b'), user('c')];
    expect(boundHistory(sent, roomy)).toEqual([OPENING, ...sent]);
    expect(boundHistory(history, { ...roomy, maxMessages: 3 })).toEqual([OPENING, ...history.slice(1)]);
    expect(boundHistory(history, { ...roomy, maxMessages: 1 })).toEqual([OPENING, assistant('d')]);
  });

  it('keeps nothing when nothing may be kept', () => {
    expect(boundHistory(history, { ...roomy, maxMessages: 0 })).toEqual([]);
    expect(boundHistory(history, { ...roomy, maxTokens: 0 })).toEqual([]);
  });

  it('drops a message that alone is over the limit, and all before it', () => {
    const long = [user('old'), assistant('x'.repeat(1000)), user('new'), assistant('ok')];
    expect(boundHistory(long, { ...roomy, maxTokens: 100 })).toEqual([user('new'), assistant('ok')]);
    expect(boundHistory([user('x'.repeat(1000)), assistant('ok')], { ...roomy, maxTokens: 100 })).toEqual([
      OPENING,
      assistant('ok'),
    ]);
  });

  it('does not change what it is given', () => {
    const given = structuredClone(history);
    boundHistory(given, { ...roomy, maxMessages: 2 });
    expect(given).toEqual(history);
  });
});
