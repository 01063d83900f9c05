import { describe, expect, it } from '@jest/globals';
import { EventStreamDecoder, EventStreamTooLong, type ServerSentEvent } from './event-stream.js';

const LIMITS = { lineLength: 100, totalBytes: 10_000 };

function decode(text: string | Uint8Array, portion = Infinity): ServerSentEvent[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const decoder = new EventStreamDecoder(LIMITS);
  const events: ServerSentEvent[] = [];
  const read = () => {
    for (let event = decoder.next(); event; event = decoder.next()) events.push(event);
  };
  for (let at = 0; at < bytes.length; at += portion) {
    decoder.feed(bytes.subarray(at, at + portion));
    read();
  }
  decoder.finish();
  read();
  return events;
}

const plain = (data: string): ServerSentEvent => ({ event: undefined, data });

describe('EventStreamDecoder', () => {
  it.each<[string, string, ServerSentEvent[]]>([
    ['data', 'data: one\n\ndata: two\n\n', [plain('one'), plain('two')]],
    ['names', 'event: start\ndata: one\n\ndata: two\n\n', [{ event: 'start', data: 'one' }, plain('two')]],
    ['several lines of data', 'data: one\ndata: two\n\n', [plain('one\ntwo')]],
    ['fields without a space', 'event:x\ndata:one\ndata:  two\n\n', [{ event: 'x', data: 'one\n two' }]],
    ['empty data', 'data:\n\n', [plain('')]],
    ['comments and unknown fields', ': hello\n\nid: 7\nretry: 3\nnonsense\ndata: one\n\n', [plain('one')]],
    ['an event without data', 'event: ping\n\ndata: one\n\n', [plain('one')]],
    ['a last event without its empty line', 'data: one\n\ndata: two', [plain('one'), plain('two')]],
    ['a byte order mark', '\ufeffdata: one\n\n', [plain('one')]],
    ['nothing', '', []],
    ['characters of every width', 'data: é 한 🎉\n\n', [plain('é 한 🎉')]],
  ])('reads %s, however it is cut and whatever ends its lines', (_what, text, events) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const ended = text.replaceAll('\n', lineEnd);
      for (const portion of [Infinity, 1, 2, 3, 5, 7]) expect(decode(ended, portion)).toEqual(events);
    }
  });

  it('puts a mark in the place of bytes that are no UTF-8', () => {
    expect(decode(Uint8Array.from([...Buffer.from('data: '), 0xff, 0x0a, 0x0a]))).toEqual([plain('\ufffd')]);
  });

  it('refuses a line without an end, however it comes', () => {
    expect(() => decode(`data: ${'x'.repeat(200)}`)).toThrow(EventStreamTooLong);
    expect(() => decode(`data: ${'x'.repeat(200)}`, 1)).toThrow(EventStreamTooLong);
  });

  it('refuses a stream without an end', () => {
    expect(() => decode('data: one\n\n'.repeat(1_000), 50)).toThrow(EventStreamTooLong);
  });
});
