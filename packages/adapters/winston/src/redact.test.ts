import { describe, expect, it } from '@jest/globals';
import { REDACTED, Redactor } from './redact.js';

describe('Redactor.fields', () => {
  const redactor = new Redactor({ names: ['pin_code'] });

  it('masks members that are named like secrets, at any depth', () => {
    const fields = {
      botToken: 'a',
      'x-api-key': 'b',
      Authorization: 'c',
      headers: { cookie: ['d'], accept: 'text/html' },
      list: [{ signing_secret: 'e' }],
      dbPassword: { value: 'f' },
      pinCode: 'g',
    };
    expect(redactor.fields(fields)).toEqual({
      botToken: REDACTED,
      'x-api-key': REDACTED,
      Authorization: REDACTED,
      headers: { cookie: REDACTED, accept: 'text/html' },
      list: [{ signing_secret: REDACTED }],
      dbPassword: REDACTED,
      pinCode: REDACTED,
    });
  });

  it('leaves counts, flags and names of tokens readable', () => {
    const fields = { prompt_tokens: 12, token: null, hasPassword: true, token_name: 'ci', secretary: 'Ann' };
    expect(redactor.fields(fields)).toEqual(fields);
  });

  it('makes plain JSON of anything', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular.self = circular;
    const trap = {
      get boom(): string {
        throw new TypeError('no');
      },
    };
    expect(
      redactor.fields({
        circular,
        trap,
        big: 12n,
        when: new Date(0),
        never: new Date(NaN),
        bytes: new Uint8Array(3),
        map: new Map([['apiKey', 'x']]),
        set: new Set([1]),
        nan: NaN,
        call: () => 1,
        url: new URL('https://u:pw@host/?token=abc'),
      }),
    ).toEqual({
      circular: { name: 'loop', self: '[circular]' },
      trap: '[unreadable: TypeError]',
      big: '12',
      when: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      bytes: '[3 bytes]',
      map: { apiKey: REDACTED },
      set: [1],
      nan: 'NaN',
      call: '[function]',
      url: `https://u:${REDACTED}@host/?token=${REDACTED}`,
    });
  });

  it('bounds depth, breadth and length', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 50; i++) deep = { deep };
    const text = JSON.stringify(redactor.fields({ deep, wide: Array(5000).fill(1), long: 'x'.repeat(1_000_000) }));
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain('[too deep]');
    expect(text).toContain('[4900 more]');
    expect(text).toContain('(of 1000000 characters)');
  });

  it('renders errors with code and causes, and with stacks only when asked', () => {
    const root = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause: root });
    expect(redactor.fields({ error })).toEqual({
      error: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: { name: 'Error', message: 'connect failed', code: 'ECONNREFUSED' },
      },
    });
    const talkative = new Redactor({ stacks: () => true });
    expect(talkative.fields({ error })).toMatchObject({ error: { stack: expect.stringContaining('redact.test') } });
    root.cause = error;
    expect(JSON.stringify(redactor.fields({ error }))).toContain('[circular]');
    expect(redactor.fields({ error: new AggregateError([root], 'all') })).toMatchObject({ error: { errors: [{}] } });
  });
});

describe('Redactor.text', () => {
  it('masks our own tokens, bearer headers, passwords in addresses and secret parameters', () => {
    const redactor = new Redactor();
    expect(redactor.text('got oc_tok_0abcDEF9 and oc_op_zz-9_x.')).toBe(`got ${REDACTED} and ${REDACTED}.`);
    expect(redactor.text('authorization: bearer abc.def==, next')).toBe(`authorization: bearer ${REDACTED}, next`);
    expect(redactor.text('postgres://app:hunter2@db:5432/x')).toBe(`postgres://app:${REDACTED}@db:5432/x`);
    expect(redactor.text('GET /ws?a=1&access_token=abc&b=2')).toBe(`GET /ws?a=1&access_token=${REDACTED}&b=2`);
    expect(redactor.text('http://host:80/a@b')).toBe('http://host:80/a@b');
  });

  it('masks literal values wherever they stand, also encoded, the longest first', () => {
    const redactor = new Redactor();
    redactor.addSecret('123:AAbot');
    redactor.addSecret('123:AAbot-long/er');
    redactor.addSecret('short');
    expect(redactor.text('404 from https://t.me/bot123:AAbot/getMe')).toBe(
      `404 from https://t.me/bot${REDACTED}/getMe`,
    );
    expect(redactor.text('x123:AAbot-long/er|123%3AAAbot-long%2Fer short')).toBe(`x${REDACTED}|${REDACTED} short`);
    expect(redactor.fields({ error: new Error('bad 123:AAbot') })).toMatchObject({
      error: { message: `bad ${REDACTED}` },
    });
  });

  it('follows secrets that change while it runs', () => {
    let secrets = ['first-secret'];
    const redactor = new Redactor({ secrets: () => secrets });
    expect(redactor.text('first-secret second-secret')).toBe(`${REDACTED} second-secret`);
    secrets = ['second-secret'];
    expect(redactor.text('first-secret second-secret')).toBe(`first-secret ${REDACTED}`);
  });

  it('shows no half of a secret where a long text is cut', () => {
    const redactor = new Redactor();
    redactor.addSecret('S3CRETVALUE');
    for (let lead = 8180; lead < 8195; lead++) {
      expect(redactor.text('x'.repeat(lead) + 'S3CRETVALUE' + 'y'.repeat(100))).not.toContain('S3C');
    }
    const many = 'S3CRETVALUE'.repeat(10_000);
    expect(redactor.text(many)).not.toContain('S3C');
    redactor.addSecret('L0NG'.repeat(40));
    const shrinking = `${'L0NG'.repeat(40)},`.repeat(1000);
    expect(redactor.text(shrinking)).not.toContain('L0NG');
  });
});
