import { describe, expect, it } from '@jest/globals';
import { formatLogLine } from './log-line.js';

const plain = (_style: unknown, text: string) => text;
const entry = {
  timestamp: '2026-04-09T14:03:07.120Z',
  level: 'info',
  component: 'gateway',
  message: 'request',
} as const;

describe('formatLogLine', () => {
  it('is one line of time, level, component, message and fields', () => {
    const line = formatLogLine({ ...entry, status: 200, path: '/api/v1/chat', note: 'two words', list: [1] }, plain);
    expect(line).toMatch(
      /^2026-04-\d\d \d\d:03:07\.120 INFO {2}gateway {3}request status=200 path=\/api\/v1\/chat note="two words" list=\[1\]$/,
    );
  });

  it('shows an error by what it says', () => {
    const error = { name: 'TypeError', message: 'x is not "y"', stack: 'TypeError\n    at z' };
    expect(formatLogLine({ ...entry, error }, plain)).toContain(String.raw`error="TypeError: x is not \"y\""`);
  });

  it('lets nothing start a line of its own or reach the terminal', () => {
    const line = formatLogLine({ ...entry, message: 'a\nb\u001b[31m', 'na\nme': 'x\u202ey' }, plain);
    expect(line).toContain(String.raw`a\nb\u001b[31m`);
    // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});
