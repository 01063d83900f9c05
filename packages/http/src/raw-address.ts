const NOT_ASCII = /[\u0080-\u00ff]/;
const NOT_ASCII_BYTES = /[\u0080-\u00ff]+/g;

/**
 * An address as it should have been sent. curl and others put what a person typed onto the line as it is, in UTF-8; Node gives each byte
 * as a character. What is no UTF-8 becomes U+FFFD.
 */
export function encodedAddress(url: string): string {
  if (!NOT_ASCII.test(url)) return url;
  return url.replace(NOT_ASCII_BYTES, (bytes) => encodeURIComponent(Buffer.from(bytes, 'latin1').toString('utf8')));
}
