import { describe, expect, it } from '@jest/globals';
import { ProviderFailure, retryAfterMs } from './provider-failure.js';

const failure = new ProviderFailure('main', 'sk-secret');

describe('ProviderFailure', () => {
  it.each([
    ['{"error":{"message":"No such model"}}', 'No such model'],
    ['{"error":"No such model"}', 'No such model'],
    ['{"message":"No such model"}', 'No such model'],
    ['{"detail":[{"loc":["body","stream_options"]}]}', '[{"loc":["body","stream_options"]}]'],
    ['{"error":null,"else":1}', '{"error":null,"else":1}'],
    ['No such\n\tmodel\u0000!', 'No such model !'],
    ['<!DOCTYPE html><p>No', 'an HTML page'],
    ['the key is sk-secret', 'the key is ***'],
    ['', ''],
  ])('quotes %j', (body, quote) => expect(failure.quote(body)).toBe(quote));

  it('cuts a long quote between two characters, and looks for the key first', () => {
    const quote = failure.quote('🎉'.repeat(1_000));
    expect(quote).toBe(`${'🎉'.repeat(149)}…`);
    expect(quote.isWellFormed()).toBe(true);
    expect(failure.quote(`${'x'.repeat(295)}sk-secret`)).not.toContain('sk-s');
  });

  it('keeps the words of a provider that refuses the request itself, without its key', () => {
    const error = {
      message: 'too long for sk-secret',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'too_long',
    };
    const body = JSON.stringify({ error });
    const refusal = { message: 'too long for ***', param: 'messages', code: 'too_long' };
    const refused = (status: number, text = body, headers = {}) => failure.refused({ status, headers }, text).refusal;
    for (const status of [400, 413, 422]) expect(refused(status)).toEqual(refusal);
    for (const status of [401, 403, 404, 429, 500]) expect(refused(status)).toBeUndefined();
    expect(refused(400, body, { 'x-should-retry': 'true' })).toBeUndefined();
    expect(refused(400, '{"error":{"message":"no","param":["sk-secret"],"code":"sk-secret"}}')).toEqual({
      ...{ message: 'no', param: null, code: '***' },
    });
    expect(refused(400, '')).toEqual({ message: 'The model provider refused the request', param: null, code: null });
    expect(failure.reported(body, false).refusal).toEqual(refusal);
    expect(failure.reported(body, true).refusal).toBeUndefined();
    expect(failure.reported('{"error":{"message":"no","type":"api_error"}}', false).refusal).toBeUndefined();
  });

  it('says only the status where there was no explanation', () => {
    expect(failure.refused({ status: 503, headers: {} }, '').message).toBe('The model provider "main" answered 503');
  });

  it('believes a provider that says whether to try again', () => {
    const told = (status: number, answer: string) =>
      failure.refused({ status, headers: { 'x-should-retry': answer } }, '').retryable;
    expect(told(429, 'false')).toBe(false);
    expect(told(400, 'true')).toBe(true);
  });

  it.each([
    [{ code: 'ECONNREFUSED' }, 'could not be reached: connection refused'],
    [{ code: 'ENOTFOUND' }, 'could not be reached: its host name is unknown'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'its certificate was not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    [{ code: 'HPE_INVALID_CONSTANT' }, 'does not speak HTTP'],
    [{ code: 'ECONNRESET' }, 'broke the connection (ECONNRESET)'],
    [{}, 'broke the connection'],
  ])('words %j', (members, words) => {
    const { message, retryable, cause } = failure.broke(Object.assign(new Error('at 10.0.0.1:443'), members));
    expect(message).toContain(words);
    expect(message).not.toContain('10.0.0.1');
    expect(retryable).toBe(true);
    expect(cause).toBeInstanceOf(Error);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '150', 'retry-after': '3' }, 150],
    [{ 'retry-after-ms': 'soon', 'retry-after': ['4', '5'] }, 4_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j: %p', (headers, ms) => expect(retryAfterMs(headers, now)).toBe(ms));
});
