import { describe, expect, it } from '@jest/globals';
import { rewrittenRequest } from './raw-address.js';

const written = (text: string) => rewrittenRequest(Buffer.from(text))?.toString();

describe('rewrittenRequest', () => {
  it('encodes an address that was sent as it was typed', () => {
    expect(written('GET /c/대화?query=配置&x=é🎉%20y HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n')).toBe(
      `GET /c/${encodeURIComponent('대화')}?query=${encodeURIComponent('配置')}&x=${encodeURIComponent('é🎉')}%20y HTTP/1.1\r\n` +
        'Connection: close\r\nHost: a\r\nX: é\r\n\r\n',
    );
  });

  it('takes bytes that are no text', () => {
    const packet = Buffer.from('GET /?\u00ff HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1');
    expect(rewrittenRequest(packet)?.toString()).toMatch(/^GET \/\?%EF%BF%BD HTTP/);
  });

  it.each([
    ['what is well spelled', 'GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body', 'POST /?é HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['the length of a body', 'GET /?é HTTP/1.1\r\nContent-Length: 3\r\n\r\n'],
    ['a body in chunks', 'DELETE /?é HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n'],
    ['a second request', 'GET /?é HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
    ['half a request', 'GET /?é HTTP/1.1\r\nHost: a\r\n'],
    ['lines that end otherwise', 'GET /?é HTTP/1.1\nHost: a\n\n'],
    ['white space in it', 'GET /?é\u0001 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no request', 'é'],
  ])('leaves alone %s', (_, text) => expect(written(text)).toBeUndefined());

  it('leaves alone what never came', () => expect(rewrittenRequest(undefined)).toBeUndefined());
});
