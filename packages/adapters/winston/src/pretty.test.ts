import { describe, expect, it } from '@jest/globals';
import type { LogEntry } from '@openclaw/core';
import { stripVTControlCharacters } from 'node:util';
import { prettyLine } from './pretty.js';

const entry = (message: string, fields: Record<string, unknown> = {}): LogEntry => ({
  timestamp: '2026-11-20T10:00:00.120Z',
  level: 'info',
  component: 'gateway',
  message,
  ...fields,
});

describe('prettyLine', () => {
  it('is time, level, component, message and fields', () => {
    expect(prettyLine(entry('listening', { port: 18789, host: 'a b', tags: ['x'] }), false)).toMatch(
      /^\d\d:\d\d:\d\d\.120 INFO {2}gateway {3}listening port=18789 host="a b" tags=\["x"\]$/,
    );
  });

  it('says the same in colours', () => {
    const line = entry('listening', { port: 1 });
    expect(prettyLine(line, true)).toContain('\u001b[32mINFO');
    expect(stripVTControlCharacters(prettyLine(line, true))).toBe(prettyLine(line, false));
  });

  it('lets no text start a line or reach the terminal', () => {
    const hostile = 'ok\r\n10:00:00.000 ERROR gateway fake \u001b[2J\u009b31m\u2028\u202e\u0000';
    const line = prettyLine(entry(hostile, { [hostile]: hostile, list: [hostile] }), false);
    // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(line).toContain('ok\\r\\n10:00:00.000 ERROR');
  });

  it('tells an error and its causes in one field, and its stack on marked lines', () => {
    const error = {
      name: 'TypeError',
      message: 'fetch failed\nINFO fake',
      stack: 'TypeError: fetch failed\nINFO fake\n    at one (a.js:1)\n    at two (b.js:2)',
      cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED', cause: 'wire cut' },
    };
    const [first, ...rest] = prettyLine(entry('turn failed', { error }), false).split('\n');
    expect(first).toContain('error="TypeError: fetch failed\\nINFO fake ← Error: refused (ECONNREFUSED) ← wire cut"');
    expect(rest).toEqual(['  | at one (a.js:1)', '  | at two (b.js:2)']);
  });
});
