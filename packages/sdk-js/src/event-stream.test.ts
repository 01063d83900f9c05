import { describe, expect, it } from '@jest/globals';
import { readEventStream } from './event-stream.js';

const STREAM =
  ': heartbeat\r\n\r\nid: 7\r\ndata: {"content":"Grüße, 世界 🦞"}\r\n\r\ndata: one\ndata: two\n\nevent: x\ndata:no space\n\ndata: cut off';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* cut(bytes: Uint8Array, ...at: number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...at, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

describe('readEventStream', () => {
  const bytes = new TextEncoder().encode(STREAM);
  const wanted = ['{"content":"Grüße, 世界 🦞"}', 'one\ntwo', 'no space'].map((data) => ({ data, id: '7' }));

  it('gives whole events, and the last id', async () => {
    expect(await collect(readEventStream(cut(bytes)))).toEqual(wanted);
  });

  it('does not care where the body was cut in two', async () => {
    for (let at = 1; at < bytes.length; at += 1) {
      expect(await collect(readEventStream(cut(bytes, at)))).toEqual(wanted);
    }
  });

  it('gives an event at the first half of its last line end', async () => {
    const given = new TextEncoder().encode('data: a\r\n\r\n\ndata: b\r\r');
    const wanted = ['a', 'b'].map((data) => ({ data, id: undefined }));
    expect(await collect(readEventStream(cut(given, 10, 10, 11)))).toEqual(wanted);
  });

  it('does not care when every byte comes alone', async () => {
    const everywhere = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
    expect(await collect(readEventStream(cut(bytes, ...everywhere)))).toEqual(wanted);
  });
});
