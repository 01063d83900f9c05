import type { ChannelHost } from '@openclaw/core';
import { InOrder } from './in-order.js';
import { readText } from './incoming-text.js';
import { type MessageEvent, readMessageEvent, recordOf } from './message-event.js';
import type { Identity } from './identity.js';
import type { UserNames } from './user-names.js';

/** Takes in what Slack tells, however it comes. */
export class Inbox {
  // Names are looked up on the way, and nobody's second message may overtake the first meanwhile.
  private readonly perChannel = new InOrder();

  constructor(
    private readonly identity: Identity,
    private readonly names: UserNames,
  ) {}

  /**
   * Resolves when the host has it, or it is nothing for the host: only then may Slack be told that it has arrived. Rejects when Slack has
   * to tell it again.
   *
   * @param body the payload of an event
   */
  async take(body: unknown, host: Pick<ChannelHost, 'accept'>): Promise<void> {
    const { channel } = recordOf(recordOf(body).event);
    await this.perChannel.run(String(channel), async () => {
      const event = readMessageEvent(body, await this.identity.userId());
      if (event) await this.hand(event, host);
    });
  }

  private async hand({ userId, text, ...event }: MessageEvent, host: Pick<ChannelHost, 'accept'>): Promise<void> {
    const nameOf = (id: string) => this.names.of(id);
    const [name, readable] = await Promise.all([nameOf(userId), readText(text, nameOf)]);
    await host.accept({ ...event, from: { id: userId, name }, text: readable });
  }
}
