import type { StoredConversation } from '../conversations/in-memory-conversations.js';
import type { LessonMessage } from './lesson-store.js';
import { speakerOf } from './speaker.js';

type StoredMessage = StoredConversation['messages'][number];

export function positionOf({ turnNo, step }: Pick<StoredMessage, 'turnNo' | 'step'>): number {
  return (turnNo - 1) * 2 + step;
}

export function toLessonMessage(message: StoredMessage): LessonMessage {
  const { id, turnNo, role, metadata, content, createdAt } = message;
  const author = metadata?.['user_name'] ?? metadata?.['user_id'];
  const named = typeof author === 'string' ? author : undefined;
  return { id, turnNo, position: positionOf(message), role, author: named, content, createdAt };
}

/** The one user that speaks in these messages, where nobody else has spoken before, and nobody reads along. */
export function onlySpeaker(messages: StoredMessage[], before?: { userId: string | undefined }): string | undefined {
  const users = messages.filter(({ role }) => role === 'user').map(({ metadata }) => metadata);
  const ids = new Set(users.map(speakerOf));
  if (before) ids.add(before.userId);
  const [only] = ids;
  const alone = ids.size === 1 && !users.some((user) => user?.['group'] === true);
  return alone ? only : undefined;
}
