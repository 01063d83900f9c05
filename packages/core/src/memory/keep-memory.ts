import type { Clock } from '../shared/clock.js';
import { Conflict } from '../shared/errors.js';
import type { Analyser } from './analyser.js';
import type { MemoryEntry, MemoryType, NewNote } from './memory-entry.js';
import type { MemoryIndex, TermsOf } from './memory-index.js';
import { hashedTerms } from './term-hash.js';

export type AddNote = Omit<NewNote, 'createdAt' | 'tags'> & { tags?: string[]; createdAt?: Date };

export interface PruneCommand {
  tenant: string;
  /** Only what is older; everything, when left out. */
  before?: Date;
  type?: MemoryType;
  /** False: only tells what it would do, by throwing `Conflict`. */
  confirm: boolean;
}

export interface MemoryPage {
  entries: MemoryEntry[];
  /** There are entries after these. */
  more: boolean;
  /** On all pages together. */
  total: number;
}

/** At most so many that wait to be indexed are indexed first; more wait only where the indexer can't keep up. */
const CATCH_UP = 1_000;

/** What people put into the memory, read of it, and take out of it. */
export class KeepMemory {
  private readonly termsOf: TermsOf = (tenant, text) => hashedTerms(tenant, this.analyser.terms(text));

  constructor(
    private readonly index: MemoryIndex,
    private readonly analyser: Analyser,
    private readonly clock: Clock,
  ) {}

  async add(tenant: string, notes: AddNote[]): Promise<{ id: string; createdAt: Date }[]> {
    const now = this.clock.now();
    return this.index.add(
      tenant,
      notes.map((note) => ({ ...note, tags: note.tags ?? [], createdAt: note.createdAt ?? now })),
      this.termsOf,
      this.analyser.version,
    );
  }

  /** In order of arrival, after the entry of that number. */
  async list(tenant: string, { after, limit }: { after?: string | undefined; limit: number }): Promise<MemoryPage> {
    await this.catchUp(tenant);
    const page = { limit: limit + 1, ...(after !== undefined && { after }) };
    const [entries, { wal, compacted }] = await Promise.all([this.index.list(tenant, page), this.index.stats(tenant)]);
    return {
      entries: entries.slice(0, limit),
      more: entries.length > limit,
      total: wal.entries + compacted.entries,
    };
  }

  /** Gives how many entries were forgotten. Throws `Conflict` with `details.would_prune` unless it is confirmed. */
  async prune({ tenant, confirm, ...which }: PruneCommand): Promise<number> {
    await this.catchUp(tenant);
    if (confirm) return this.index.prune(tenant, which);
    const many = await this.index.count(tenant, which);
    throw new Conflict(`This would forget ${many} entries for good; send "confirm": true to do it`, {
      details: { would_prune: many },
    });
  }

  /** What was said a moment ago is among what is read or forgotten. */
  private async catchUp(tenant: string): Promise<void> {
    const { version } = this.analyser;
    await this.index.indexPending({ tenant, limit: CATCH_UP, version }, this.termsOf);
  }
}
