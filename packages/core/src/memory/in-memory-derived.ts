/** Of an entry that was made of others. */
export interface Derivation {
  conversationId: string;
  /** Places in that conversation's stream. */
  sources: number[];
  /** Of facts. */
  owner?: string;
  key?: string;
}

/** What the in-memory memory knows of entries that were made of others, by the entries' numbers. */
export class InMemoryDerived {
  readonly derivations = new Map<string, Derivation>();
  private readonly successors = new Map<string, string>();

  replace(old: string, by: string): void {
    this.successors.set(old, by);
  }

  /** Hidden is what another one that is still there has taken the place of. */
  isHidden(no: string, isThere: (no: string) => boolean): boolean {
    for (let next = this.successors.get(no); next !== undefined; next = this.successors.get(next))
      if (isThere(next)) return true;
    return false;
  }

  /** What goes along when these entries are forgotten: what they took the place of, and what was made of them. */
  goingWith(nos: Set<string>, places: { conversationId: string | undefined; position: number }[]): Set<string> {
    const going = new Set(nos);
    for (let size = -1; size !== going.size;) {
      size = going.size;
      for (const [old, by] of this.successors) if (going.has(by)) going.add(old);
    }
    for (const [no, { conversationId, sources }] of this.derivations)
      if (places.some((place) => place.conversationId === conversationId && sources.includes(place.position)))
        going.add(no);
    return going;
  }
}
