import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { InMemoryDerived } from './in-memory-derived.js';
import type { SegmentPlace } from './summary-store.js';
import {
  type MemoryEntry,
  type MemoryFilter,
  type MemoryStats,
  type MemoryType,
  memoryId,
  type NewNote,
  noteStream,
  SEGMENT_ENTRIES,
} from './memory-entry.js';
import {
  type Candidate,
  type Compacted,
  type Found,
  MemoryIndex,
  type Reach,
  type Reconciled,
  type TermsOf,
} from './memory-index.js';
import { chooseTerms, rarest } from './term-choice.js';

interface Kept {
  entry: MemoryEntry;
  stream: string;
  terms: Set<number>;
  version: number;
}

const NOTHING = { entries: 0, totalLength: 0, frequencies: [], asked: [], candidates: [] };

/** Looks at the same conversations as the other in-memory stores. */
export class InMemoryMemoryIndex extends MemoryIndex {
  readonly derived = new InMemoryDerived();
  /** In the order in which they were compacted. */
  readonly wantedSummaries: (SegmentPlace & { made: boolean })[] = [];
  private readonly tenants = new Map<string, Kept[]>();
  private readonly seen = new Set<string>();
  private last = 0;
  private lastCompaction: Date | undefined;

  constructor(private readonly data: InMemoryConversations) {
    super();
  }

  async add(tenant: string, notes: NewNote[], termsOf: TermsOf, version: number) {
    return notes.map((note) => {
      const stream = noteStream(note);
      const all = this.of(tenant);
      const position =
        Math.max(-1, ...all.filter((kept) => kept.stream === stream).map(({ entry }) => entry.position)) + 1;
      const { content, tags, createdAt, metadata, author, agentId, userId, sessionId, learnedFrom } = note;
      const conversationId = learnedFrom ?? sessionId;
      const facts = { content, tags, createdAt, metadata, author, agentId, userId, conversationId };
      const entry = this.entry({ ...facts, type: 'long-term', position, messageId: undefined, role: undefined });
      all.push({ entry, stream, terms: new Set(termsOf(tenant, content)), version });
      return { id: entry.id, createdAt };
    });
  }

  /** For the twin of the vectors, which are of the same entries. */
  get knownTenants(): string[] {
    return [...this.tenants.keys()];
  }

  async indexPending(
    { tenant, limit, version }: { tenant?: string; limit: number; version: number },
    termsOf: TermsOf,
  ): Promise<number> {
    let indexed = 0;
    for (const [of, conversations] of this.data.tenants) {
      if (tenant !== undefined && of !== tenant) continue;
      for (const { conversation, messages } of conversations.values()) {
        for (const { id, role, content, createdAt, turnNo, step } of messages) {
          const key = messageKey(of, conversation.id, turnNo, step);
          if (content === '' || this.seen.has(key) || indexed === limit) continue;
          this.seen.add(key);
          indexed++;
          const { agentId } = conversation;
          const author = role === 'assistant' ? agentId : undefined;
          const facts = { content, role, createdAt, agentId, author, messageId: id, conversationId: conversation.id };
          const place = { type: 'wal' as const, position: (turnNo - 1) * 2 + step, tags: [] };
          const { userId } = messages.find((message) => message.turnNo === turnNo && message.step === 0) ?? {};
          const entry = this.entry({ ...facts, ...place, userId, metadata: undefined });
          this.of(of).push({ entry, stream: `c:${conversation.id}`, terms: new Set(termsOf(of, content)), version });
        }
      }
    }
    for (const [of, all] of this.tenants)
      for (const kept of all) {
        if (kept.version >= version || indexed === limit) continue;
        Object.assign(kept, { terms: new Set(termsOf(of, kept.entry.content)), version });
        indexed++;
      }
    return indexed;
  }

  async find(tenant: string, terms: number[], filter: MemoryFilter, reach: Reach): Promise<Found> {
    const all = this.visible(tenant);
    if (reach.fresh && this.unseen(tenant)) return { ...NOTHING, waiting: true };
    const passing = this.passing(tenant, filter);
    const entries = all.length;
    const frequencies = terms.map((term) => all.filter((kept) => kept.terms.has(term)).length);
    const totalLength = all.reduce((sum, { terms: { size } }) => sum + size, 0);
    const known = { entries: Math.max(1, entries), within: passing.length, frequencies, reach };
    const { alone, together } = chooseTerms(known);
    const asked = rarest(frequencies);
    const has = ({ terms: own }: Kept, places: number[]) => places.filter((place) => own.has(terms[place] ?? 0)).length;
    const looked =
      alone.length + together.length > 0
        ? passing.filter((kept) => has(kept, alone) > 0 || has(kept, together) > 1)
        : passing.slice(Math.max(0, passing.length - reach.newest));
    const candidates = looked
      .map((kept) =>
        candidateOf(
          kept,
          asked.map((place) => terms[place] ?? 0),
        ),
      )
      .filter(({ mask }) => mask !== 0);
    return { waiting: false, entries, totalLength, frequencies, asked, candidates };
  }

  async read(tenant: string, nos: string[], filter: MemoryFilter): Promise<MemoryEntry[]> {
    const passing = new Map(this.passing(tenant, filter).map(({ entry }) => [entry.no, entry]));
    return nos.flatMap((no) => passing.get(no) ?? []).map((entry) => ({ ...entry }));
  }

  async list(tenant: string, { after = '0', limit }: { after?: string; limit: number }): Promise<MemoryEntry[]> {
    const later = this.visible(tenant).filter(({ entry }) => Number(entry.no) > Number(after));
    return later.slice(0, limit).map(({ entry }) => ({ ...entry }));
  }

  async hasNotes(tenant: string, sessionId: string): Promise<boolean> {
    const notes = noteStream({ sessionId, tags: [] });
    return this.of(tenant).some(({ stream }) => stream === notes);
  }

  async remove(tenant: string, id: string): Promise<boolean> {
    return this.forget(tenant, (entry) => entry.id === id) > 0;
  }

  async count(tenant: string, which: { before?: Date; type?: MemoryType }): Promise<number> {
    return this.visible(tenant).filter(({ entry }) => isDoomed(entry, which)).length;
  }

  async prune(tenant: string, which: { before?: Date; type?: MemoryType }): Promise<number> {
    return this.forget(tenant, (entry) => isDoomed(entry, which));
  }

  async stats(tenant: string): Promise<MemoryStats> {
    const all = this.visible(tenant);
    const packed = all.filter((kept) => this.packed.has(kept));
    const wal = all.filter((kept) => !this.packed.has(kept)).map(({ entry }) => entry);
    const bytes = (entries: MemoryEntry[]) => entries.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
    const oldest = Math.min(...wal.map(({ createdAt }) => createdAt.getTime()));
    return {
      wal: {
        entries: wal.length,
        bytes: bytes(wal),
        oldestEntry: Number.isFinite(oldest) ? new Date(oldest) : undefined,
      },
      compacted: {
        segments: new Set(packed.map(segmentOf)).size,
        entries: packed.length,
        bytes: bytes(packed.map(({ entry }) => entry)),
        lastCompaction: this.lastCompaction,
      },
    };
  }

  async compact({
    before,
    tenant,
    summaries,
  }: {
    before: Date;
    tenant?: string;
    summaries?: boolean;
  }): Promise<Compacted> {
    const done = { segments: 0, entries: 0 };
    for (const [of, all] of this.tenants) {
      if (tenant !== undefined && of !== tenant) continue;
      for (const group of Map.groupBy(all, segmentOf).values()) {
        const fresh = group.filter((kept) => !this.packed.has(kept));
        const [first] = group;
        if (first?.stream.startsWith('d:')) continue;
        if (!first || fresh.length === 0 || fresh.some(({ entry }) => entry.createdAt >= before)) continue;
        const end = Math.floor(first.entry.position / SEGMENT_ENTRIES + 1) * SEGMENT_ENTRIES - 1;
        if (!all.some(({ stream, entry }) => stream === first.stream && entry.position >= end)) continue;
        for (const kept of fresh) {
          this.packed.add(kept);
          if (kept.entry.type === 'wal') kept.entry.type = 'compacted';
        }
        this.lastCompaction = new Date();
        if (summaries === true && first.stream.startsWith('c:')) this.wantSummary(of, first.stream.slice(2), end);
        done.segments++;
        done.entries += fresh.length;
      }
    }
    return done;
  }

  /** Nothing is counted along here. */
  async reconcile(): Promise<Reconciled> {
    return { tenants: this.tenants.size, mended: 0 };
  }

  private wantSummary(tenant: string, conversationId: string, end: number): void {
    const position = end + 1 - SEGMENT_ENTRIES;
    const known = this.wantedSummaries.some(
      (place) => place.tenant === tenant && place.conversationId === conversationId && place.position === position,
    );
    if (!known) this.wantedSummaries.push({ tenant, conversationId, position, made: false });
  }

  private unseen(tenant: string): boolean {
    return [...(this.data.tenants.get(tenant)?.values() ?? [])].some(({ conversation, messages }) =>
      messages.some(
        ({ content, turnNo, step }) =>
          content !== '' && !this.seen.has(JSON.stringify([tenant, conversation.id, turnNo, step])),
      ),
    );
  }

  private readonly packed = new WeakSet<Kept>();

  wasIndexed(tenant: string, conversationId: string, turnNo: number, step: number): boolean {
    return this.seen.has(messageKey(tenant, conversationId, turnNo, step));
  }

  private of(tenant: string): Kept[] {
    let all = this.tenants.get(tenant);
    if (!all) this.tenants.set(tenant, (all = []));
    const gone = all.filter(
      ({ stream, entry }) => entry.messageId !== undefined && !this.data.of(tenant).has(stream.slice(2)),
    );
    for (const { entry } of gone) this.gone.add(entry.conversationId ?? '');
    const left = all.filter(({ entry }) => !this.gone.has(entry.conversationId ?? ''));
    this.gone.clear();
    if (left.length < all.length) all.splice(0, all.length, ...left);
    return all;
  }

  private readonly gone = new Set<string>();

  /** Without what other entries have taken the place of. */
  visible(tenant: string): Kept[] {
    const all = this.of(tenant);
    const nos = new Set(all.map(({ entry }) => entry.no));
    return all.filter(({ entry }) => !this.derived.isHidden(entry.no, (no) => nos.has(no)));
  }

  private passing(tenant: string, filter: MemoryFilter): Kept[] {
    return this.visible(tenant).filter(({ entry }) => {
      const { type, since, until, tags = [], conversationId, agentId, userId } = filter;
      if (type !== undefined && entry.type !== type) return false;
      if ((since && entry.createdAt < since) || (until && entry.createdAt > until)) return false;
      if (conversationId !== undefined && entry.conversationId !== conversationId) return false;
      if (agentId !== undefined && entry.agentId !== agentId) return false;
      if (userId !== undefined && entry.userId !== userId) return false;
      return tags.every((tag) => entry.tags.includes(tag));
    });
  }

  private forget(tenant: string, doomed: (entry: MemoryEntry) => boolean): number {
    const all = this.of(tenant);
    const going = all.filter(({ entry }) => doomed(entry)).map(({ entry }) => entry);
    const places = going.filter(({ messageId }) => messageId !== undefined);
    const nos = this.derived.goingWith(new Set(going.map(({ no }) => no)), places);
    const forgotten = this.visible(tenant).filter(({ entry }) => nos.has(entry.no)).length;
    all.splice(0, all.length, ...all.filter(({ entry }) => !nos.has(entry.no)));
    return forgotten;
  }

  private entry(facts: Omit<MemoryEntry, 'id' | 'no'>): MemoryEntry {
    const no = String(++this.last);
    return { ...facts, no, id: memoryId(no, facts.createdAt) };
  }
}

function messageKey(...place: [tenant: string, conversationId: string, turnNo: number, step: number]): string {
  return JSON.stringify(place);
}

function candidateOf(kept: Kept, terms: number[]): Candidate {
  const { no, position, author, createdAt } = kept.entry;
  return { no, position, author, createdAt, stream: kept.stream, length: kept.terms.size, mask: maskOf(kept, terms) };
}

function maskOf(kept: Kept, terms: number[]): number {
  return terms.reduce((mask, term, at) => (kept.terms.has(term) ? mask | (1 << at) : mask), 0);
}

function segmentOf({ stream, entry }: Kept): string {
  return `${Math.floor(entry.position / SEGMENT_ENTRIES)} ${stream}`;
}

function isDoomed({ createdAt, type }: MemoryEntry, which: { before?: Date; type?: MemoryType }): boolean {
  return !(which.before && createdAt >= which.before) && (which.type === undefined || which.type === type);
}
