import { describe, expect, it } from '@jest/globals';
import { endOf, itemsAfter, type PlacedSkillEvent, toldItems } from './told-items.js';

const called = { type: 'skill-call', skill: 'weather' } as const;
const done = { type: 'skill-result', skill: 'weather', status: 'completed' } as const;
const events: PlacedSkillEvent[] = [
  { ...called, at: 0 },
  { ...done, at: 0 },
  { ...called, at: 5 },
  { ...done, at: 8 },
];
const items = toldItems('I look.\n\nSunny', events);

describe('toldItems', () => {
  it('cuts the text where something became of a skill', () => {
    expect(items).toEqual([called, done, 'I loo', called, 'k.\n', done, '\nSunny']);
    expect(endOf({ at: 0, skillEvents: 0, items })).toEqual({ position: 14, skillEvents: 4 });
  });

  it('is the text where there were none, and nothing where nothing was said', () => {
    expect(toldItems('all')).toEqual(['all']);
    expect(toldItems('')).toEqual([]);
  });
});

describe('itemsAfter', () => {
  it('goes on from every place, however the items are cut into stretches, with nothing lost and nothing doubled', () => {
    for (let cut = 0; cut <= items.length; cut++) {
      const place = { run: 1, position: 0, skillEvents: 0 };
      const heard = [...itemsAfter(place, { at: 0, skillEvents: 0, items: items.slice(0, cut) })];
      const end = endOf({ at: 0, skillEvents: 0, items: items.slice(0, cut) });
      expect(place).toEqual({ run: 1, ...end });
      // What comes twice, and what comes in other portions, is heard once.
      const again = [...itemsAfter(place, { at: 0, skillEvents: 0, items })];
      expect([...heard, ...again]).toEqual(items);
      expect([
        ...itemsAfter(place, { at: end.position, skillEvents: end.skillEvents, items: items.slice(cut) }),
      ]).toEqual([]);
    }
  });

  it('goes on within a text', () => {
    const place = { run: 1, position: 3, skillEvents: 2 };
    expect([...itemsAfter(place, { at: 0, skillEvents: 0, items })]).toEqual(['oo', called, 'k.\n', done, '\nSunny']);
  });
});
