import type { Clock } from '../shared/clock.js';
import { Conflict } from '../shared/errors.js';
import type { Analyser } from './analyser.js';
import type { MemoryEntry, MemoryType, NewNote } from './memory-entry.js';
import { catchUp, termsBy } from './index-text.js';
import type { MemoryIndex } from './memory-index.js';

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

const CATCH_UP = 1_000;

/** What people put into the memory, read of it, and take out of it. */
export class KeepMemory {
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
      termsBy(this.analyser),
      this.analyser.version,
    );
  }

  /** In order of arrival, after the entry of that number. */
  async list(tenant: string, { after, limit }: { after?: string | undefined; limit: number }): Promise<MemoryPage> {
    await catchUp(this.index, this.analyser, tenant, CATCH_UP);
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
    await catchUp(this.index, this.analyser, tenant, CATCH_UP);
    if (confirm) return this.index.prune(tenant, which);
    const many = await this.index.count(tenant, which);
    throw new Conflict(`This would forget ${many} entries for good; send "confirm": true to do it`, {
      details: { would_prune: many },
    });
  }
}
