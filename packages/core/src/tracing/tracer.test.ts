import { describe, expect, it } from '@jest/globals';
import { currentSpan, enterSpan, withRequestId } from '../shared/request-context.js';
import { withTrace } from './span.js';
import { NoTracer } from './tracer.js';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const tracer = new NoTracer();
const call = (from: { traceparent: string; tracestate?: string } | undefined) =>
  tracer.call({ method: 'GET', path: '/', requestId: 'r', from });
const turn = { tenant: 'acme', id: 't', conversationId: 'c', agentId: 'main', attempt: 1 };

describe('NoTracer', () => {
  it.each([
    [undefined, undefined],
    [{ traceparent }, { traceparent }],
    [
      { traceparent, tracestate: 'vendor=1' },
      { traceparent, tracestate: 'vendor=1' },
    ],
    [{ traceparent, tracestate: 'x'.repeat(513) }, { traceparent }],
    [{ traceparent, tracestate: 'caf\u00e9' }, { traceparent }],
    [{ traceparent: 'nonsense' }, undefined],
    [{ traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` }, undefined],
    [{ traceparent: `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }, undefined],
  ])('hands on %j as %j', (from, context) => {
    expect(call(from).context).toEqual(context);
  });

  it('hands a caller’s trace on through the turn to the model, also on another replica', () => {
    withRequestId('r', () => expect(tracer.modelCall().context).toEqual({ traceparent }), call({ traceparent }));
    expect(tracer.turn({ ...turn, from: { traceparent } }).context).toEqual({ traceparent });
    expect(tracer.turn({ ...turn, from: undefined }).context).toBeUndefined();
  });
});

it('a span is the current one from its begin to its end, in its own request only', () => {
  const [outer, inner] = [call({ traceparent }), call(undefined)];
  withRequestId(
    'one',
    () => {
      const leave = enterSpan(inner);
      expect(currentSpan()).toBe(inner);
      withRequestId('two', () => expect(currentSpan()).toBeUndefined());
      leave();
      expect(currentSpan()).toBe(outer);
    },
    outer,
  );
  enterSpan(inner)();
  expect(currentSpan()).toBeUndefined();
});

it('headers stay the same object where there is no trace', () => {
  const headers = { accept: '*/*' };
  expect(withTrace(headers, undefined)).toBe(headers);
  expect(withTrace(headers, { traceparent })).toEqual({ accept: '*/*', traceparent });
});
