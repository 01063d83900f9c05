import { describe, expect, it } from '@jest/globals';
import { wantsEvents } from './wants-events.js';

describe('wantsEvents', () => {
  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/event-stream, application/json', true],
    ['application/json, text/event-stream', true],
    ['text/event-stream;q=0.9, */*;q=0.1', true],
    ['application/json, text/event-stream;q=0.1', false],
    ['application/json;q=0.5,text/event-stream; q=0.8', true],
    ['text/event-stream;q=0', false],
    ['text/event-stream;q=lots', false],
    ['text/event-streams', false],
    ['*/*', false],
    ['', false],
    [undefined, false],
  ])('%j → %j', (accept, wanted) => {
    expect(wantsEvents(accept)).toBe(wanted);
  });
});
