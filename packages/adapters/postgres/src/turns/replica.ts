import { type Logger, newId, Unavailable } from '@openclaw/core';
import type { Database } from '../database.js';
import { Punctuality } from './punctuality.js';
import * as relay from './relay-statements.js';
import * as sql from './statements.js';

const HEARTBEAT_MS = 2_000;
/** A replica not heard of for this long is dead: its turns are taken from it. */
export const DEAD_AFTER_SECONDS = 8;
const FORGOTTEN_AFTER_SECONDS = 10;
const HOUSEKEEPING_MS = 600_000;

export interface LostTurn {
  tenant: string;
  id: string;
  conversation_id: string;
  durable: boolean;
  owner: string;
}

/** What else belongs to replicas and is left behind by those that die. */
export interface Estate {
  /** Frees what belongs to replicas that have not been heard of for so long. */
  freeOrphans(deadAfterSeconds: number): Promise<number>;
  /** Frees what is in this replica's name although it knows nothing of it. */
  freeStrays(): Promise<void>;
  /** Deletes what is old enough. */
  forget(): Promise<void>;
}

/** This process among the replicas: says that it lives, and looks after the turns of those that don't. */
export class Replica {
  readonly id = newId('run');
  /** The turns whose end this process is responsible for, and since when, in ms. */
  private readonly held = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;
  private readonly punctuality = new Punctuality(2 * HEARTBEAT_MS, DEAD_AFTER_SECONDS * 1_000);
  private lastHousekeeping = Date.now();

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly alone: boolean,
  ) {}

  private estates: readonly Estate[] = [];

  hold(turnId: string): void {
    this.held.set(turnId, Date.now());
  }

  /** Since when it is held, in ms. */
  heldSince(turnId: string): number | undefined {
    return this.held.get(turnId);
  }

  /** Returns since when it was held, in ms. */
  letGo(turnId: string): number | undefined {
    const since = this.held.get(turnId);
    this.held.delete(turnId);
    return since;
  }

  /** `takeFrom` puts away a turn that its replica lost; `dispatch` makes sure that a job exists for a conversation. */
  async start(
    takeFrom: (turn: LostTurn) => Promise<void>,
    dispatch: (tenant: string, conversationId: string) => Promise<void>,
    estates: readonly Estate[] = [],
  ): Promise<void> {
    this.estates = estates;
    await this.database.query(sql.HEARTBEAT, [this.id]);
    this.punctuality.beat(Date.now());
    // On a data folder of its own there can be no other replica: what ran before this start is lost for certain.
    if (this.alone) {
      await this.database.query('delete from replicas where id <> $1', [this.id]);
      await this.takeOrphans(takeFrom);
    }
    this.timer = setInterval(() => {
      this.ticking ??= this.tick(takeFrom, dispatch).finally(() => {
        this.ticking = undefined;
      });
    }, HEARTBEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.ticking;
    await this.database.query('delete from replicas where id = $1', [this.id]).catch((error: unknown) => {
      this.logger.warn('could not sign off from the database', { error });
    });
  }

  private async tick(
    takeFrom: (turn: LostTurn) => Promise<void>,
    dispatch: (tenant: string, conversationId: string) => Promise<void>,
  ) {
    try {
      await this.database.query(sql.HEARTBEAT, [this.id]);
      if (this.punctuality.beat(Date.now())) await this.takeOrphans(takeFrom);
      await this.takeOwnStrays(takeFrom);
      for (const estate of this.estates) await estate.freeStrays();
      await this.dispatchForgotten(dispatch);
      await this.housekeep();
    } catch (error) {
      this.punctuality.miss();
      if (!(error instanceof Unavailable)) this.logger.error('heartbeat failed', { error });
    }
  }

  private async takeOrphans(takeFrom: (turn: LostTurn) => Promise<void>): Promise<void> {
    const orphans = await this.database.query<LostTurn>(sql.ORPHANED_TURNS, [DEAD_AFTER_SECONDS]);
    for (const turn of orphans) await takeFrom(turn);
    for (const estate of this.estates) await estate.freeOrphans(DEAD_AFTER_SECONDS);
    if (orphans.length > 0) this.logger.warn('took over the turns of a replica that died', { turns: orphans.length });
  }

  /** Turns stored under this replica's name whose acknowledgement never arrived: nobody here waits for them. */
  private async takeOwnStrays(takeFrom: (turn: LostTurn) => Promise<void>): Promise<void> {
    const own = await this.database.query<LostTurn>(sql.OWN_TURNS, [this.id]);
    for (const turn of own) if (!this.held.has(turn.id)) await takeFrom(turn);
  }

  private async dispatchForgotten(dispatch: (tenant: string, conversationId: string) => Promise<void>): Promise<void> {
    const forgotten = await this.database.query<{ tenant: string; conversation_id: string }>(sql.FORGOTTEN_TURNS, [
      FORGOTTEN_AFTER_SECONDS,
    ]);
    for (const { tenant, conversation_id } of forgotten) await dispatch(tenant, conversation_id);
  }

  private async housekeep(): Promise<void> {
    if (Date.now() - this.lastHousekeeping < HOUSEKEEPING_MS) return;
    this.lastHousekeeping = Date.now();
    await this.database.query(sql.FORGET_REPLICAS);
    await this.database.query(sql.FORGET_FAILURES);
    await this.database.query(relay.FORGET_KEYS);
    await this.database.query(relay.FORGET_PARTS);
    await this.database.query(sql.FORGET_WINDOWS);
    await this.database.query(sql.FORGET_ATTEMPTS);
    for (const estate of this.estates) await estate.forget();
  }
}
