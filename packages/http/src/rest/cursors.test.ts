import { describe, expect, it } from '@jest/globals';
import {
  decodeConversationCursor,
  decodeMessageCursor,
  encodeConversationCursor,
  encodeMessageCursor,
} from './cursors.js';

describe('cursors', () => {
  it('come back as they went, safe in a URL', () => {
    const place = { createdAt: new Date('2026-03-20T10:00:00.123Z'), id: 'c/ü?&😀' };
    const text = encodeConversationCursor(place);
    expect(text).toMatch(/^[\w-]+$/);
    expect(decodeConversationCursor(text, 'cursor')).toEqual(place);
    expect(decodeMessageCursor(encodeMessageCursor({ turnNo: 3, step: 1 }), 'before')).toEqual({ turnNo: 3, step: 1 });
  });

  it.each([
    '',
    'nope',
    ...[
      '{}',
      '[]',
      '["x","y"]',
      '[1,2]',
      '["2026-01-01",""]',
      '["2026-01-01","a\\u0000"]',
      '[-1,0]',
      '[1,2,3]',
      '[1e99,0]',
    ].map((t) => Buffer.from(t).toString('base64url')),
  ])('are refused when they are not ours: %s', (text) => {
    expect(() => decodeConversationCursor(text, 'cursor')).toThrow('cursor must be a cursor');
    if (text !== Buffer.from('[1,2]').toString('base64url')) {
      expect(() => decodeMessageCursor(text, 'before')).toThrow('before must be a cursor');
    }
  });
});
