/**
 * Events of channels: `channel.connected` and `channel.disconnected` have a tenant, a channel and perhaps a reason, and no conversation.
 * `chat_id` is where on its channel a message was said, where that is another thing than the conversation.
 */
export const channelEvents = `
alter table events
  alter column conversation_id drop not null,
  add column chat_id text,
  add column reason text;
`;
