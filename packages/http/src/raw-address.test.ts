import { describe, expect, it } from '@jest/globals';
import { encodedAddress } from './raw-address.js';

const onTheLine = (text: string) => Buffer.from(text).toString('latin1');

describe('encodedAddress', () => {
  it('leaves alone what is well spelled', () => {
    expect(encodedAddress('/api/v1/memory/search?query=%E9%85%8D&a=b+c')).toBe(
      '/api/v1/memory/search?query=%E9%85%8D&a=b+c',
    );
  });

  it('encodes what was sent as it was typed', () => {
    expect(encodedAddress(onTheLine('/c/대화?query=配置&x=é🎉%20y'))).toBe(
      `/c/${encodeURIComponent('대화')}?query=${encodeURIComponent('配置')}&x=${encodeURIComponent('é🎉')}%20y`,
    );
  });

  it('takes bytes that are no text', () => {
    expect(encodedAddress('/\u00ff\u00fe?a')).toBe('/%EF%BF%BD%EF%BF%BD?a');
  });
});
