import { describe, expect, it } from '@jest/globals';
import { InMemoryLogger, logEntry, selectLogs, type LogEntry } from './logger.js';

const at = (seconds: number, level: LogEntry['level'], component: LogEntry['component'] = 'gateway'): LogEntry => ({
  timestamp: new Date(seconds * 1000).toISOString(),
  level,
  component,
  message: `line ${seconds}`,
});

describe('InMemoryLogger', () => {
  it('keeps lines in order, with the fields of a child added', () => {
    const logger = new InMemoryLogger();
    logger.info('first', { port: 1 });
    logger.child({ component: 'channels', channel: 'slack' }).child({ attempt: 2 }).warn('second', { attempt: 3 });
    expect(logger.entries).toMatchObject([
      { level: 'info', component: 'gateway', message: 'first', port: 1 },
      { level: 'warn', component: 'channels', message: 'second', channel: 'slack', attempt: 3 },
    ]);
  });

  it('leaves out what is below its level', () => {
    const logger = new InMemoryLogger('warn');
    logger.debug('no');
    logger.info('no');
    logger.warn('yes');
    logger.error('yes');
    expect(logger.entries).toHaveLength(2);
    expect(logger.isEnabled('info')).toBe(false);
    expect(logger.child({}).isEnabled('info')).toBe(false);
  });

  it('answers queries over what it and its children wrote', () => {
    const logger = new InMemoryLogger();
    logger.info('a');
    logger.child({ component: 'memory' }).info('b');
    expect(logger.query({ component: 'memory' })).toMatchObject({ logs: [{ message: 'b' }], total: 1 });
  });
});

describe('selectLogs', () => {
  const entries = [at(1, 'debug'), at(2, 'info', 'skills'), at(3, 'warn'), at(4, 'error', 'skills')];
  const messages = (query: Parameters<typeof selectLogs>[1]) => selectLogs(entries, query).logs.map((e) => e.message);

  it('takes the newest lines and counts all', () => {
    expect(selectLogs(entries, { lines: 2 })).toEqual({ logs: entries.slice(2), total: 4 });
    expect(selectLogs(entries, { lines: 0 })).toEqual({ logs: [], total: 4 });
  });

  it('filters by level, component and time, the bounds included', () => {
    expect(messages({ level: 'warn' })).toEqual(['line 3', 'line 4']);
    expect(messages({ component: 'skills' })).toEqual(['line 2', 'line 4']);
    expect(messages({ since: new Date(3000) })).toEqual(['line 3', 'line 4']);
    expect(messages({ level: 'info', component: 'skills', since: new Date(3000) })).toEqual(['line 4']);
  });
});

describe('logEntry', () => {
  it('keeps its own members when a field bears their name', () => {
    expect(logEntry('info', 'm', { level: 'x', message: 'y', timestamp: 'z', gone: undefined }, new Date(0))).toEqual({
      timestamp: '1970-01-01T00:00:00.000Z',
      level: 'info',
      component: 'gateway',
      message: 'm',
      level_: 'x',
      message_: 'y',
      timestamp_: 'z',
    });
  });
});
