import type { Attachment, IncomingMessage } from '@openclaw/core';

/** What is wrong with a request's body, for who sent it. */
export class WrongBody extends Error {}

/** `{chatId, text, from: {id, name?}, kind?, addressed?, attachments?, sentAt?}`. Throws `WrongBody`. */
export function readMessage(updateId: string, body: Buffer): IncomingMessage {
  const json = parse(body);
  const { chatId, text = '', from, kind = 'direct', addressed, attachments = [], sentAt } = json;
  if (!isId(chatId)) throw new WrongBody('chatId must be a text of 1 to 200 characters');
  if (typeof text !== 'string') throw new WrongBody('text must be a text');
  if (kind !== 'direct' && kind !== 'group') throw new WrongBody('kind must be "direct" or "group"');
  if (!isObject(from) || !isId(from.id))
    throw new WrongBody('from must be an object with an id of 1 to 200 characters');
  if (!Array.isArray(attachments)) throw new WrongBody('attachments must be a list');
  const at = typeof sentAt === 'string' ? new Date(sentAt) : new Date();
  if (Number.isNaN(at.getTime())) throw new WrongBody('sentAt must be an ISO 8601 time');
  return {
    ...{ updateId, chatId, text, kind },
    addressed: kind === 'direct' || addressed === true,
    from: { id: from.id, name: typeof from.name === 'string' && from.name !== '' ? from.name : from.id },
    attachments: attachments.filter(isObject).map(attachmentOf),
    sentAt: at,
  };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(json)) return json;
  } catch {
    // Told below, like everything else that is no object.
  }
  throw new WrongBody('The body must be a JSON object');
}

function attachmentOf({ type, name, size, url }: Record<string, unknown>): Attachment {
  return {
    type: typeof type === 'string' ? type : 'file',
    ...(typeof name === 'string' && { name }),
    ...(typeof size === 'number' && { size }),
    ...(typeof url === 'string' && { url }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value);
}
