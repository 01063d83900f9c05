import type { TurnPlace } from '@openclaw/core';

export type DialectLetter = 'a' | 'b' | 'd';

/** Where an event of a turn's stream stands, and in which dialect it was told. */
export interface EventPlace extends TurnPlace {
  turnId: string;
  dialect: DialectLetter;
}

const EVENT_ID =
  /^(?<turnId>.+):(?<dialect>[abd])(?<run>[1-9]\d{0,5})\.(?<position>\d{1,9})(?:\.(?<skills>\d{1,6}))?$/u;

/**
 * What comes before the position in the ids of one run's events: `<turn>:<dialect><run>.<position>`. The position is how much had been said
 * when the event was over, in UTF-16 code units, so that any replica can go on from there, be it in parts or in the stored answer. In a dialect
 * that tells of skills, `.<count>` of the skill events comes after it, once there was one.
 */
export function eventIdPrefix(turnId: string, dialect: DialectLetter, run: number): string {
  return `${turnId}:${dialect}${run}.`;
}

/** Undefined for what is no id of ours. */
export function parseEventId(text: string): EventPlace | undefined {
  const { turnId, dialect, run, position, skills } = EVENT_ID.exec(text)?.groups ?? {};
  if (turnId === undefined || (dialect !== 'a' && dialect !== 'b' && dialect !== 'd')) return undefined;
  return { turnId, dialect, run: Number(run), position: Number(position), skillEvents: Number(skills ?? 0) };
}
