import { Unavailable } from '../shared/errors.js';

export interface SlotLimits {
  /** Model calls of one agent that run at once. */
  maxConcurrent: number;
  /** Turns that wait for one to end. */
  maxQueued: number;
}

interface Waiter {
  start(): void;
}

interface Agent {
  /** Turns that were let in and have not ended. */
  admitted: number;
  running: number;
  /** Those who wait, by tenant; the tenant whose turn it is stands first. */
  queues: Map<string, Waiter[]>;
}

const RETRY_AFTER_SECONDS = 2;

/**
 * What one replica's agents do at once. A turn is let in before anything of it is stored, or refused; once in, it waits for one of its
 * agent's slots, tenants by turns. A slot is held for the model call alone, never while waiting for anything else, so that no two turns
 * can wait for each other.
 */
export class AgentSlots {
  private readonly agents = new Map<string, Agent>();

  constructor(private readonly limits: (agentId: string) => SlotLimits) {}

  static unlimited(): AgentSlots {
    return new AgentSlots(() => ({ maxConcurrent: Number.POSITIVE_INFINITY, maxQueued: 0 }));
  }

  /** Lets a turn in; to be called back when it has ended. Throws `Unavailable` when too many wait already. */
  admit(agentId: string): () => void {
    const agent = this.agent(agentId);
    const { maxConcurrent, maxQueued } = this.limits(agentId);
    if (agent.admitted >= maxConcurrent + maxQueued) {
      throw new Unavailable(`The agent "${agentId}" has more to do than it can; try again in a moment`, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        details: { agent: agentId, running: agent.running, queued: agent.admitted - agent.running },
      });
    }
    agent.admitted++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      agent.admitted--;
      this.forget(agentId, agent);
    };
  }

  /** Waits for a slot; to be called back when the model call has ended. Rejects with the signal's reason. */
  async enter(agentId: string, tenant: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const agent = this.agent(agentId);
    if (agent.running < this.limits(agentId).maxConcurrent) agent.running++;
    else await this.inLine(agent, tenant, signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      agent.running--;
      this.startNext(agentId, agent);
      this.forget(agentId, agent);
    };
  }

  /** Model calls that run now, and turns that wait for theirs, of every agent that has any. */
  depths(): { agent: string; running: number; queued: number }[] {
    return [...this.agents].map(([agent, { running, queues }]) => ({
      agent,
      running,
      queued: [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
    }));
  }

  private inLine(agent: Agent, tenant: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = agent.queues.get(tenant) ?? [];
      agent.queues.set(tenant, queue);
      const leave = () => {
        queue.splice(queue.indexOf(waiter), 1);
        if (queue.length === 0) agent.queues.delete(tenant);
        reject(signal.reason as Error);
      };
      const waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      queue.push(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private startNext(agentId: string, agent: Agent): void {
    const { maxConcurrent } = this.limits(agentId);
    while (agent.running < maxConcurrent) {
      const [next] = agent.queues;
      if (!next) return;
      const [tenant, queue] = next;
      agent.queues.delete(tenant);
      const waiter = queue.shift();
      if (queue.length > 0) agent.queues.set(tenant, queue);
      if (!waiter) continue;
      agent.running++;
      waiter.start();
    }
  }

  private agent(agentId: string): Agent {
    let agent = this.agents.get(agentId);
    if (!agent) {
      agent = { admitted: 0, running: 0, queues: new Map() };
      this.agents.set(agentId, agent);
    }
    return agent;
  }

  private forget(agentId: string, { admitted, running, queues }: Agent): void {
    if (admitted === 0 && running === 0 && queues.size === 0) this.agents.delete(agentId);
  }
}
