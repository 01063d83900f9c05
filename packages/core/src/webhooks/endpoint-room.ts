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

  begin(endpointId: string): void {
    this.of(endpointId).active++;
  }

  /** The caller's `begin` is over. */
  end(endpointId: string): void {
    const seen = this.of(endpointId);
    seen.active--;
    if (seen.active === 0 && !isUnwell(seen)) this.seen.delete(endpointId);
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

function isUnwell({ failed, latencyMs }: Seen): boolean {
  return failed || latencyMs > SLOW_MS;
}
