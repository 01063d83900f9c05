/** Names somebody of a channel in memory: a 42 of Telegram is another than Discord's, and than a program's user 42. */
export function channelSpeaker(channel: string, userId: string): string {
  return `${channel}:${userId}`;
}

/** Whose memory a message is, by what was kept beside it: a channel's own user (`channelSpeaker`), else whom the program named. */
export function speakerOf(metadata: Record<string, unknown> | undefined): string | undefined {
  const { channel_user: ofChannel, user_id: named } = metadata ?? {};
  return [ofChannel, named].find((id) => typeof id === 'string');
}
