import { randomChars } from '../shared/ids.js';
import { DomainError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { OpenChannel } from './channel-directory.js';
import type { ChannelInbox } from './channel-inbox.js';
import type { IncomingMessage } from './channel-port.js';
import type { PairingLimits, PairingStore } from './pairing-store.js';

const LIMITS: PairingLimits = { codeMs: 3_600_000, repeatMs: 60_000, open: 100 };
const CODE_CHARS = 8;
const TELL_WITHIN_MS = 15_000;

/** Decides whether somebody on a channel may speak to the agent; tells a stranger how they may come in, where that is the rule. */
export class AdmitSender {
  constructor(
    private readonly pairings: PairingStore,
    private readonly inbox: Pick<ChannelInbox, 'note'>,
    private readonly logger: Logger,
  ) {}

  async execute(open: OpenChannel, message: IncomingMessage): Promise<boolean> {
    const { channel, tenant, rules } = open;
    const { from, kind, updateId } = message;
    if (rules.access === 'open' || rules.allowFrom.includes(from.id)) return true;
    if (rules.access === 'pairing') {
      if (await this.pairings.isPaired(tenant, channel, from.id)) return true;
      const fresh = kind === 'direct' && (await this.inbox.note({ tenant, channel, updateId }));
      if (fresh) await this.invite(open, message);
    }
    this.logger.info('a message from somebody who is not let in was left out', { channel, sender: from.id });
    return false;
  }

  private async invite({ channel, tenant, port }: OpenChannel, { from, chatId }: IncomingMessage): Promise<void> {
    const code = await this.pairings.ask(tenant, channel, from, randomChars(CODE_CHARS).toUpperCase(), LIMITS);
    if (code === undefined) return;
    const text = `I do not know you yet. Please give this code to the people who run this service: ${code}`;
    try {
      await port.send(chatId, text, AbortSignal.timeout(TELL_WITHIN_MS));
    } catch (error) {
      // They will write again; the code is told again then.
      const reason = error instanceof DomainError ? error.message : String(error);
      this.logger.warn('a stranger could not be told their code', { channel, reason });
    }
  }
}
