import { type ConversationCursor, type DeliveryCursor, InvalidInput, type MessageCursor } from '@openclaw/core';

/** Places in lists, as clients carry them from one page to the next: opaque, safe in a URL. */
export function encodeConversationCursor({ createdAt, id }: ConversationCursor): string {
  return encode([createdAt.toISOString(), id]);
}

/** Throws `InvalidInput` naming `member` for what no answer of ours can have had in it. */
export function decodeConversationCursor(text: string, member: string): ConversationCursor {
  const parts = decode(text);
  const [time, id] = parts;
  if (parts.length !== 2 || typeof time !== 'string' || typeof id !== 'string') throw invalid(member);
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !/^[^\p{Cc}]{1,200}$/u.test(id)) throw invalid(member);
  return { createdAt, id };
}

export function encodeMessageCursor({ turnNo, step }: MessageCursor): string {
  return encode([turnNo, step]);
}

/** Throws `InvalidInput` naming `member`. */
export function decodeMessageCursor(text: string, member: string): MessageCursor {
  const parts = decode(text);
  const [turnNo, step] = parts;
  if (parts.length !== 2 || !isCount(turnNo) || !isCount(step)) throw invalid(member);
  return { turnNo, step };
}

export function encodeDeliveryCursor({ no, eventId }: DeliveryCursor): string {
  return encode([no, eventId]);
}

/** Throws `InvalidInput` naming `member`. */
export function decodeDeliveryCursor(text: string, member: string): DeliveryCursor {
  const parts = decode(text);
  const [no, eventId] = parts;
  if (parts.length !== 2 || typeof no !== 'string' || typeof eventId !== 'string') throw invalid(member);
  if (!/^\d{1,18}$/.test(no) || !/^evt_[0-9a-z]{1,40}$/.test(eventId)) throw invalid(member);
  return { no, eventId };
}

function encode(parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(text: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    // Not JSON: not ours. The caller is told by the check of the parts.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** PostgreSQL's integer. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;
}

function invalid(member: string): InvalidInput {
  return InvalidInput.field(member, `${member} must be a cursor as an earlier answer gave it`);
}
