import type { Workspace } from './workspace.ts';

/** What a method answers: Slack's `ok: false` with its word, or the members beside `ok: true`. */
export type ApiAnswer =
  ({ error: string } & Record<string, unknown>) | ({ error?: undefined } & Record<string, unknown>);

type Method = (workspace: Workspace, args: Record<string, string>) => ApiAnswer;

export const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': ({ team, botUser, botId }) => ({ team_id: team, user_id: botUser, bot_id: botId, user: 'openclaw' }),
  'users.info': ({ users }, { user = '' }) => {
    const found = users.get(user);
    if (!found) return { error: 'user_not_found' };
    const { id, name, displayName = '', realName = '' } = found;
    return { user: { id, name, real_name: realName, profile: { display_name: displayName, real_name: realName } } };
  },
  'chat.postMessage': postMessage,
  'chat.update': update,
  'assistant.threads.setStatus': ({ conversations }, { channel_id: channel = '', thread_ts: threadTs }) => {
    if (!conversations.has(channel)) return { error: 'channel_not_found' };
    return threadTs === undefined ? { error: 'invalid_thread_ts' } : {};
  },
};

function postMessage(workspace: Workspace, args: Record<string, string>): ApiAnswer {
  const { channel = '', text = '', thread_ts: threadTs } = args;
  const direct = [...workspace.conversations.values()].find(({ user }) => user === channel);
  const conversation = direct ?? workspace.conversations.get(channel);
  if (!conversation) return { error: 'channel_not_found' };
  if (conversation.archived) return { error: 'is_archived' };
  if (conversation.member === false) return { error: 'not_in_channel' };
  if (text === '') return { error: 'no_text' };
  const ts = workspace.nextTs();
  workspace.messages.push({
    channel: conversation.id,
    ts,
    ...(threadTs !== undefined && { threadTs }),
    user: workspace.botUser,
    text: text.slice(0, 40_000),
    edits: 0,
    args,
  });
  return { channel: conversation.id, ts, message: { text, ts, bot_id: workspace.botId } };
}

function update(workspace: Workspace, args: Record<string, string>): ApiAnswer {
  const { channel, ts, text = '' } = args;
  if (!workspace.conversations.has(channel ?? '')) return { error: 'channel_not_found' };
  const message = workspace.messages.find((sent) => sent.channel === channel && sent.ts === ts);
  if (!message) return { error: 'message_not_found' };
  if (message.user !== workspace.botUser) return { error: 'cant_update_message' };
  if (text === '') return { error: 'no_text' };
  if (text.length > 4_000) return { error: 'msg_too_long' };
  Object.assign(message, { text, args, edits: message.edits + 1 });
  return { channel, ts, text };
}
