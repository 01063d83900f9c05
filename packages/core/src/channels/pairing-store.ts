/** Somebody on a channel who may write to the agent, or has asked to. */
export interface Pairing {
  channel: string;
  userId: string;
  userName: string;
  createdAt: Date;
  /** Undefined while nobody has approved it. */
  approvedAt: Date | undefined;
  /** Of a request; what an operator needs to approve it is known to the person alone. */
  expiresAt: Date | undefined;
}

export interface PairingLimits {
  /** How long a code is valid, in ms. */
  codeMs: number;
  /** How often one person is told the code at most, in ms. */
  repeatMs: number;
  /** How many codes of a channel are open at a time. */
  open: number;
}

/** Who of the strangers on a channel has been let in. */
export abstract class PairingStore {
  abstract isPaired(tenant: string, channel: string, userId: string): Promise<boolean>;

  /** The code to tell this person: `code` when there is none yet. Undefined when they were told a moment ago, or too many codes are open. */
  abstract ask(
    tenant: string,
    channel: string,
    user: { id: string; name: string },
    code: string,
    limits: PairingLimits,
  ): Promise<string | undefined>;

  /** Lets in whom the code was told. Undefined when there is no such code, or not any more. */
  abstract approve(tenant: string, channel: string, code: string): Promise<Pairing | undefined>;

  /** Newest first. */
  abstract list(tenant: string, channel: string): Promise<Pairing[]>;

  /** Undoes it. False when there is none. */
  abstract remove(tenant: string, channel: string, userId: string): Promise<boolean>;
}
