import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../metrics/metrics.js';
import type { Clock } from '../shared/clock.js';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { CallEndpoint, CallResult } from './call-endpoint.js';
import { EndpointRoom } from './endpoint-room.js';
import { retryPause } from './retry-pause.js';
import { SettleQueue } from './settle-queue.js';
import {
  CLAIM_MS,
  type ClaimedDelivery,
  type ClaimedLane,
  type Outcome,
  type Settled,
  type WebhookQueue,
} from './webhook-queue.js';

/** How often the outbox is looked at while there is an active endpoint, and while there is none. */
const FAN_OUT_MS = 40;
const IDLE_MS = 1_000;
/** How often what is due is looked for when nothing says that there is something: retries, and what another replica left behind. */
const CLAIM_POLL_MS = 250;
const RENEW_MS = 3_000;
/** A claim that was not renewed for this long is about to be another replica's. */
const GIVE_UP_MS = CLAIM_MS - 1_500;
const TIDY_MS = 60_000;
/** Attempts at once, over all endpoints. */
const MOST_LANES = 512;
const CLAIM_BATCH = 64;
/** How long attempts that are under way have when the gateway stops. */
const STOP_GRACE_MS = 5_000;

/** What is looked at again and again. */
type Look = 'fanOut' | 'claim' | 'putBack';

interface Running {
  lane: ClaimedLane;
  aborter: AbortController;
  /** By the monotonic clock, in ms. */
  renewedAt: number;
}

export interface DeliveryParts {
  queue: WebhookQueue;
  call: Pick<CallEndpoint, 'execute'>;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, 'webhookAttempt'>;
  /** 0 to 1. */
  random?: () => number;
}

/** Brings events to the endpoints, as one of any number of replicas. */
export class DeliverWebhooks {
  private readonly running = new Map<ClaimedLane, Running>();
  private readonly ended = new Set<Promise<void>>();
  private readonly rooms = new EndpointRoom();
  private readonly settling: SettleQueue;
  private readonly stopping = new AbortController();
  private readonly random: () => number;
  private loops: Promise<unknown>[] = [];
  private timers: NodeJS.Timeout[] = [];
  private wake: Record<Look, () => void> = {
    ...{ fanOut: () => undefined, claim: () => undefined, putBack: () => undefined },
  };
  private idle = true;
  private maintaining: Promise<void> | undefined;

  constructor(private readonly parts: DeliveryParts) {
    this.random = parts.random ?? Math.random;
    this.settling = new SettleQueue(parts.queue, parts.logger, (settled) => this.written(settled));
  }

  start(): void {
    this.loops = [
      this.repeat('fanOut', () => this.fanOut()),
      this.repeat('claim', () => this.claim()),
      this.repeat('putBack', () => this.putBack()),
    ];
    this.timers = [setInterval(() => void this.renew(), RENEW_MS), setInterval(() => this.tidy(), TIDY_MS)];
  }

  /** Something may have changed that is worth a look at once: an endpoint, a delivery that is to be sent again. */
  look(): void {
    this.wake.fanOut();
    this.wake.claim();
    this.wake.putBack();
  }

  /** Begins no attempt any more, lets those under way end, and gives back what is left. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.look();
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.loops);
    const grace = setTimeout(() => {
      for (const { aborter } of this.running.values()) aborter.abort();
    }, STOP_GRACE_MS);
    await Promise.all(this.ended);
    clearTimeout(grace);
    await this.maintaining;
    await this.settling.close();
  }

  /** Looks, rests as long as the look says, and looks again, until the end. 0 does not rest. */
  private async repeat(name: Look, look: () => Promise<number>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // Made before the look: a call that comes meanwhile is not lost.
      const rest = new AbortController();
      this.wake[name] = () => rest.abort();
      let pause = IDLE_MS;
      try {
        pause = await look();
      } catch (error) {
        if (!(error instanceof Unavailable)) this.parts.logger.error('webhooks could not be looked at', { error });
      }
      if (pause > 0 && !this.stopping.signal.aborted)
        await sleep(pause, undefined, { signal: rest.signal }).catch(() => undefined);
    }
  }

  private async fanOut(): Promise<number> {
    const { deliveries, more, idle } = await this.parts.queue.fanOut();
    this.idle = idle;
    if (deliveries > 0) this.wake.claim();
    return more ? 0 : idle ? IDLE_MS : FAN_OUT_MS;
  }

  private async claim(): Promise<number> {
    const lanes = Math.min(CLAIM_BATCH, MOST_LANES - this.running.size);
    if (this.idle || lanes <= 0) return CLAIM_POLL_MS;
    const claimedAt = performance.now();
    const { perEndpoint } = EndpointRoom;
    const of = this.rooms.rooms();
    const claimed = await this.parts.queue.claim({ lanes, perEndpoint, of });
    for (const lane of claimed) this.begin({ lane, aborter: new AbortController(), renewedAt: claimedAt });
    const more = this.rooms.claimed(
      claimed.map(({ endpoint }) => endpoint.id),
      of,
    );
    return more || claimed.length === lanes ? 0 : CLAIM_POLL_MS;
  }

  private async putBack(): Promise<number> {
    const { count, more } = await this.parts.queue.putBack();
    if (count > 0) this.wake.claim();
    return more ? 0 : IDLE_MS;
  }

  private begin(running: Running): void {
    const { lane } = running;
    this.running.set(lane, running);
    this.rooms.begin(lane.endpoint.id);
    const ended = this.deliver(running).finally(() => {
      this.running.delete(lane);
      if (this.rooms.end(lane.endpoint.id)) this.wake.claim();
      this.ended.delete(ended);
    });
    this.ended.add(ended);
  }

  /** One after the other, until one has to be tried again later. */
  private async deliver({ lane, aborter }: Running): Promise<void> {
    let pauseMs = 0;
    for (const delivery of lane.deliveries) {
      if (this.stopping.signal.aborted || aborter.signal.aborted) break;
      const result = await this.attempt(lane, delivery, aborter.signal);
      if (!result) break;
      const outcome = this.outcomeOf(lane, delivery, result);
      this.settling.settle({ lane, delivery, outcome, attempt: result.attempt, gone: result.gone });
      if (outcome === 'retry')
        pauseMs = retryPause(lane.endpoint.retry, delivery.tries + 1, result.retryAfterMs, this.random());
      if (outcome === 'retry' || result.gone) break;
    }
    this.settling.release({ lane, pauseMs });
  }

  /** Undefined when it was given up: nobody knows whether it arrived. */
  private async attempt(
    { endpoint }: ClaimedLane,
    { event, id }: ClaimedDelivery,
    signal: AbortSignal,
  ): Promise<CallResult | undefined> {
    let result: CallResult;
    try {
      result = await this.parts.call.execute(endpoint, event, signal);
    } catch (error) {
      if (!signal.aborted) this.parts.logger.error('a webhook could not be sent', { delivery: id, error });
      return undefined;
    }
    const { well, attempt } = result;
    const change = this.rooms.note(endpoint.id, well, attempt.latencyMs);
    const facts = { endpoint: endpoint.id, tenant: endpoint.tenant, status: attempt.status, reason: attempt.error };
    if (change === 'fails') this.parts.logger.warn('a webhook endpoint does not take events', facts);
    if (change === 'answers') this.parts.logger.info('a webhook endpoint takes events again', facts);
    return result;
  }

  private outcomeOf({ endpoint }: ClaimedLane, { tries, event }: ClaimedDelivery, result: CallResult): Outcome {
    const over = result.gone || tries + 1 >= endpoint.retry.maxAttempts;
    const outcome = result.well ? 'delivered' : over ? 'dead' : 'retry';
    this.parts.metrics.webhookAttempt({
      outcome,
      seconds: result.attempt.latencyMs / 1_000,
      sinceEventSeconds: Math.max(0, (this.parts.clock.now().getTime() - event.at.getTime()) / 1_000),
    });
    return outcome;
  }

  private written({ disabled, due }: Settled): void {
    for (const { id, tenant, url, disabled: state } of disabled) {
      const { host } = new URL(url);
      this.parts.logger.warn('webhook.disabled', { endpoint: id, tenant, host, reason: state?.reason });
    }
    if (disabled.length > 0) this.tidy();
    if (due) this.wake.claim();
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    // Before anything is asked: a database that is away may not even say so.
    for (const { aborter, renewedAt } of this.running.values())
      if (askedAt - renewedAt > GIVE_UP_MS - RENEW_MS) aborter.abort();
    const all = [...this.running.values()].filter(({ aborter }) => !aborter.signal.aborted);
    if (all.length === 0) return;
    try {
      const kept = new Set(await this.parts.queue.renew(all.map(({ lane }) => lane)));
      for (const running of all) {
        if (kept.has(running.lane)) running.renewedAt = askedAt;
        else running.aborter.abort();
      }
    } catch (error) {
      if (!(error instanceof Unavailable)) this.parts.logger.error('webhooks could not be held', { error });
    }
  }

  private tidy(): void {
    this.rooms.forgetIdle();
    this.maintaining ??= this.parts.queue
      .tidy()
      .catch((error: unknown) => {
        if (!(error instanceof Unavailable)) this.parts.logger.error('webhooks could not be tidied up', { error });
      })
      .finally(() => {
        this.maintaining = undefined;
      });
  }
}
