/** Attempts at once at one endpoint, per replica: while it answers well, and while it fails or is slow. */
const LANES_WELL = 16;
const LANES_UNWELL = 2;
const SLOW_MS = 1_000;

interface Seen {
  active: number;
  failed: boolean;
  /** Of late, in ms. */
  latencyMs: number;
}

/** How much each endpoint is trusted with, from how it answered this replica. */
export class EndpointRoom {
  static readonly perEndpoint = LANES_WELL;
  private readonly seen = new Map<string, Seen>();
  /** Those of which the last claim brought as much as there was room for: they may have more. */
  private full = new Set<string>();

  begin(endpointId: string): void {
    this.of(endpointId).active++;
  }

  /** The caller's `begin` is over. True when there may be more that waited for it. */
  end(endpointId: string): boolean {
    const seen = this.of(endpointId);
    seen.active--;
    if (seen.active === 0 && !isUnwell(seen)) this.seen.delete(endpointId);
    return this.full.has(endpointId);
  }

  /** What a claim brought, `begin` being over for each, when `offered` was the room. True when there is room again for what may be left. */
  claimed(endpointIds: readonly string[], offered: ReadonlyMap<string, number>): boolean {
    const counts = Map.groupBy(endpointIds, (id) => id);
    const full = [...counts].filter(([id, { length }]) => length >= (offered.get(id) ?? LANES_WELL));
    // What there was no room for may have more as before.
    const kept = [...this.full].filter((id) => offered.get(id) === 0);
    this.full = new Set([...full.map(([id]) => id), ...kept]);
    return [...this.full].some((id) => roomOf(this.of(id)) > 0);
  }

  /** An attempt has ended. Tells when an endpoint began to fail, or began to answer again. */
  note(endpointId: string, well: boolean, latencyMs: number): 'fails' | 'answers' | undefined {
    const seen = this.of(endpointId);
    const changed = seen.failed === well;
    seen.failed = !well;
    seen.latencyMs = seen.latencyMs * 0.7 + latencyMs * 0.3;
    if (!changed) return undefined;
    return well ? 'answers' : 'fails';
  }

  /** Of those of whom something is known. */
  rooms(): Map<string, number> {
    return new Map(
      [...this.seen].map(([id, seen]) => [id, Math.max(0, (isUnwell(seen) ? LANES_UNWELL : LANES_WELL) - seen.active)]),
    );
  }

  /** Forgets endpoints of which nothing is under way; they may be gone for good. */
  forgetIdle(): void {
    for (const [id, { active }] of this.seen) if (active === 0) this.seen.delete(id);
  }

  private of(endpointId: string): Seen {
    let seen = this.seen.get(endpointId);
    if (!seen) this.seen.set(endpointId, (seen = { active: 0, failed: false, latencyMs: 0 }));
    return seen;
  }
}

function roomOf(seen: Seen): number {
  return Math.max(0, (isUnwell(seen) ? LANES_UNWELL : LANES_WELL) - seen.active);
}

function isUnwell({ failed, latencyMs }: Seen): boolean {
  return failed || latencyMs > SLOW_MS;
}
