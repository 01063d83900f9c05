import { describe, expect, it } from '@jest/globals';
import { ChatRequest } from './chat.js';
import { ConversationListQuery } from './conversations.js';
import { decode, decodeQuery } from './decode.js';
import { MessageRequest } from './message.js';

describe('decode', () => {
  it('takes the known members over, and null for absent', () => {
    const { value, problems, ignored } = decode(ChatRequest, { message: 'a', model: null, maxTokens: 1, foo: 1 });
    expect(value).toBeInstanceOf(ChatRequest);
    expect({ ...value }).toEqual({ message: 'a', maxTokens: 1 });
    expect([problems, ignored]).toEqual([[], ['foo']]);
  });

  it('wants what is not optional', () => {
    expect(decode(ChatRequest, { message: null }).problems).toEqual([
      { field: 'message', message: 'must be a non-empty string, got nothing' },
    ]);
  });

  it('does not let a prototype in', () => {
    const source = JSON.parse('{"message":"a","__proto__":{"polluted":1},"constructor":1,"toString":2}') as Record<
      string,
      unknown
    >;
    const { value, ignored } = decode(ChatRequest, source);
    expect(ignored).toEqual(['__proto__', 'constructor', 'toString']);
    expect('polluted' in value).toBe(false);
    expect(Object.getPrototypeOf(value)).toBe(ChatRequest.prototype);
  });

  it('keeps what an open member holds, and checks what it knows of it', () => {
    const metadata = { user_id: 1, other: [true] };
    const { value, problems, ignored } = decode(MessageRequest, { message: 'a', metadata });
    expect(value.metadata).toBe(metadata);
    expect(problems).toEqual([{ field: 'metadata.user_id', message: expect.stringContaining('got 1') }]);
    expect(ignored).toEqual([]);
  });

  it('says no more of a value than helps', () => {
    const [problem] = decode(ChatRequest, { message: 'a', conversationId: 'x'.repeat(5000) }).problems;
    expect(problem?.message).toBe(
      'must be a string of 1 to 200 characters without control characters, got a string of 5000 characters',
    );
  });

  it('counts characters, not code units', () => {
    expect(decode(ChatRequest, { message: 'a', conversationId: '😀'.repeat(200) }).problems).toEqual([]);
    expect(decode(ChatRequest, { message: 'a', conversationId: '😀'.repeat(201) }).problems).toHaveLength(1);
  });
});

describe('decodeQuery', () => {
  it('makes numbers of numerals where numbers are wanted', () => {
    const { value, problems } = decodeQuery(ConversationListQuery, { limit: '5', offset: '0', channel: '7' });
    expect({ ...value }).toEqual({ limit: 5, offset: 0, channel: '7' });
    expect(problems).toEqual([]);
  });

  it.each(['', ' 5', '5.0', '1e1', '0x5', '99999999999999999999'])('leaves %j for what it is', (limit) => {
    expect(decodeQuery(ConversationListQuery, { limit }).problems).toEqual([
      { field: 'limit', message: expect.stringContaining('must be a whole number from 1 to 100, got "') },
    ]);
  });
});
