import type { LessonMessage } from '@openclaw/core';

/** A message that is remembered, as facts and summaries are made of it. */
export interface MessageRow extends Record<string, unknown> {
  turn_no: number;
  step: number;
  id: string;
  role: 'user' | 'assistant';
  content: string;
  created_at: Date;
  user_id: string | null;
  user_name: string | null;
  in_group: boolean | null;
}

/** The columns of a `MessageRow`, of a row of messages. */
export const MESSAGE_COLUMNS = `turn_no, step, id, role, content, created_at, coalesce(metadata ->> 'channel_user', metadata ->> 'user_id') as user_id,
    metadata ->> 'user_name' as user_name, metadata ->> 'group' = 'true' as in_group`;

/** Whether message m of tenant $1 and conversation $2 is still remembered. */
export const IS_REMEMBERED = `exists (select from memory_index i
      where i.tenant = $1 and i.stream = 'c:' || $2 and i.position = (m.turn_no - 1) * 2 + m.step)`;

/** The conversation, so that it is not deleted before the transaction ends; $1 tenant, $2 its id. Turns are not held up. */
export const HOLD_CONVERSATION = 'select 1 from conversations where tenant = $1 and id = $2 for key share';

/** Which of the places $3 of stream $2 are still remembered. Who prunes waits for us, and finds what was made of its entries. */
export const STILL_REMEMBERED = `select position from memory_index
  where tenant = $1 and stream = $2 and position = any($3::integer[]) for key share`;

export function toMessage({ turn_no: turnNo, step, ...row }: MessageRow): LessonMessage {
  const { id, role, content, created_at: createdAt } = row;
  const author = row.user_name ?? row.user_id ?? undefined;
  return { id, turnNo, position: (turnNo - 1) * 2 + step, role, author, content, createdAt };
}

/** The one user that speaks in these messages and, if given, has spoken `before`; where nobody reads along. */
export function speakerOf(rows: MessageRow[], ...before: (string | null)[]): string | undefined {
  const speakers = rows.filter(({ role }) => role === 'user');
  const ids = new Set([...speakers.map(({ user_id }) => user_id), ...before]);
  const [only] = ids;
  return ids.size === 1 && !speakers.some(({ in_group }) => in_group === true) ? (only ?? undefined) : undefined;
}
