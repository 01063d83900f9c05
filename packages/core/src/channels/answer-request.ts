import type { ChannelDirectory } from './channel-directory.js';
import type { ChannelReply, ChannelRequest } from './channel-port.js';
import type { ReceiveMessage } from './receive-message.js';

/** Passes a platform's request on to the channel it is for, on any replica. */
export class AnswerRequest {
  constructor(
    private readonly channels: ChannelDirectory,
    private readonly receive: Pick<ReceiveMessage, 'execute'>,
  ) {}

  /** Undefined where there is no channel of that name that takes requests. */
  async execute(channel: string, request: ChannelRequest): Promise<ChannelReply | undefined> {
    const open = this.channels.get(channel);
    return open?.port.receive?.(request, { accept: (message) => this.receive.execute(open, message) });
  }
}
