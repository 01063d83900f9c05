import { expect, it } from '@jest/globals';
import { loadSkill } from './service.js';

const time = await loadSkill('time');
const none = { config: {}, secrets: {} };

it('tells the time in a zone, also where it is another day', async () => {
  expect(await time({ zone: 'America/New_York', at: '2026-01-01T03:04:05Z' }, none)).toEqual({
    iso: '2026-01-01T03:04:05.000Z',
    zone: 'America/New_York',
    date: '2025-12-31',
    time: '22:04:05',
    weekday: 'Wednesday',
    offset: '-05:00',
  });
  expect(await time({}, none)).toMatchObject({ zone: 'UTC', offset: '+00:00' });
});

it('says what it does not know', async () => {
  await expect(time({ zone: 'Mars/Base' }, none)).rejects.toThrow('There is no time zone "Mars/Base"');
  await expect(time({ at: 'noon' }, none)).rejects.toThrow('"noon" is not a moment');
});
