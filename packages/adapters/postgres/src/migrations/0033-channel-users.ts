/**
 * In memory, who wrote from a chat is named with the channel: a 42 of Telegram is another person than Discord's 42, or than a program's. What
 * is known already gets those names; as far as it can be told, what is said in a chat's conversation was said by a user of its channel.
 */
export const channelUsers = `
update messages m set metadata = m.metadata || jsonb_build_object('channel_user', c.channel || ':' || (m.metadata ->> 'user_id'))
from conversations c
where c.chat_id is not null and m.tenant = c.tenant and m.conversation_id = c.id and m.step = 0
  and m.metadata ->> 'user_id' is not null and not m.metadata ? 'channel_user';

update memory_index i set user_id = c.channel || ':' || i.user_id
from conversations c
where c.chat_id is not null and i.tenant = c.tenant and i.stream = 'c:' || c.id and i.kind = 'message' and i.user_id is not null;
`;
