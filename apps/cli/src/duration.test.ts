import { describe, expect, it } from '@jest/globals';
import { formatSeconds, parseDate, parseDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['90d', 7_776_000_000],
    ['12h', 43_200_000],
    ['30m', 1_800_000],
    ['45s', 45_000],
    ['2w', 1_209_600_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 'd', '-1d', '1.5h', '1y', '1d2h'])('does not take "%s"', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe('parseDate', () => {
  it.each([
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:00Z', '2027-01-31T10:00:00.000Z'],
    ['2027-01-31T10:00:00.5+02:00', '2027-01-31T08:00:00.500Z'],
  ])('%s', (text, iso) => expect(parseDate(text)?.toISOString()).toBe(iso));

  it.each(['', 'tomorrow', '2027', '31.01.2027', '2027-13-01', '2027-01-31T25:00Z'])('does not take "%s"', (text) =>
    expect(parseDate(text)).toBeUndefined(),
  );
});

describe('formatSeconds', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_600, '1 h'],
    [3_900, '1 h 5 min'],
    [86_400, '1 d'],
    [97_200, '1 d 3 h'],
  ])('%d', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
