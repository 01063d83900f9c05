import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@openclaw/core';
import { ConfigError } from './config/index.js';
import { explainFailure } from './explain-failure.js';

function systemError(members: Partial<NodeJS.ErrnoException> & Record<string, unknown>): Error {
  return Object.assign(new Error('connect failed'), members);
}

describe('explainFailure', () => {
  it('repeats what says everything already', () => {
    const error = new ConfigError([
      { file: 'a.yaml', path: 'x', got: '1', wanted: '2', message: 'x: got 1; wanted 2' },
    ]);
    expect(explainFailure(error)).toBe(error.message);
  });

  it.each([
    ['EADDRINUSE', 'is in use by another program'],
    ['EACCES', 'is not permitted'],
    ['EADDRNOTAVAIL', 'no address'],
    ['EMFILE', 'Cannot listen on'],
  ])('says why the port cannot be listened on: %s', (code, words) => {
    const text = explainFailure(systemError({ code, syscall: 'listen', address: '127.0.0.1', port: 18789 }));
    expect(text).toContain(words);
    expect(text).toContain('127.0.0.1:18789');
  });

  it.each(['ECONNREFUSED', '28P01', '3D000', 'ENOTFOUND'])(
    'leads to the database for %s, also from below a domain error',
    (code) => {
      expect(explainFailure(systemError({ code, syscall: 'connect' }))).toContain('DATABASE_URL');
      expect(explainFailure(new Unavailable('The database is away', { cause: systemError({ code }) }))).toContain(
        'DATABASE_URL',
      );
    },
  );

  it('names the file that is closed to the user', () => {
    expect(explainFailure(systemError({ code: 'EACCES', syscall: 'open', path: '/data/secret.key' }))).toContain(
      '/data/secret.key',
    );
  });

  it('knows nothing of what nobody foresaw', () => {
    expect(explainFailure(new TypeError('x is undefined'))).toBeUndefined();
    expect(explainFailure('text')).toBeUndefined();
  });
});
