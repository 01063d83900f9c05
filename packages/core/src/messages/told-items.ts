import type { SkillEvent } from './skilled-runner.js';

/** One piece of what a turn tells its followers: a text as it was said, or what became of a skill. */
export type ToldItem = string | SkillEvent;

/** A skill event and how much had been said before it, in UTF-16 code units. */
export type PlacedSkillEvent = SkillEvent & { at: number };

/** A place in what a turn tells. */
export interface TurnPlace {
  run: number;
  /** What had been said before, in UTF-16 code units. */
  position: number;
  /** How many skill events had been told before. */
  skillEvents: number;
}

/** The whole of what a run has told so far, in order: its text, cut where something became of a skill. */
export function toldItems(text: string, events: readonly PlacedSkillEvent[] = []): ToldItem[] {
  const items: ToldItem[] = [];
  let from = 0;
  for (const { at, ...event } of events) {
    if (at > from) items.push(text.slice(from, at));
    from = Math.max(from, at);
    items.push(event);
  }
  if (from < text.length) items.push(text.slice(from));
  return items;
}

/** How far these items go. */
export function endOf({ at, skillEvents, items }: ToldStretch): Omit<TurnPlace, 'run'> {
  let position = at;
  let count = skillEvents;
  for (const item of items) {
    if (typeof item === 'string') position += item.length;
    else count++;
  }
  return { position, skillEvents: count };
}

/** Items in a row, and what the run had told before them. */
export interface ToldStretch {
  /** In UTF-16 code units. */
  at: number;
  /** How many skill events. */
  skillEvents: number;
  items: ToldItem[];
}

/** What of a stretch lies beyond a place; the place is moved along. */
export function* itemsAfter(place: TurnPlace, { at, skillEvents, items }: ToldStretch): Generator<ToldItem> {
  let end = at;
  let count = skillEvents;
  for (const item of items) {
    if (typeof item === 'string') {
      end += item.length;
      if (end <= place.position) continue;
      const rest = item.slice(Math.max(0, place.position - (end - item.length)));
      place.position = end;
      yield rest;
    } else {
      count++;
      if (count <= place.skillEvents) continue;
      place.skillEvents = count;
      yield item;
    }
  }
}
