import type { Clock } from '../shared/clock.js';
import { Conflict } from '../shared/errors.js';
import type { Analyser } from './analyser.js';
import type { MemoryType, NewNote } from './memory-entry.js';
import type { MemoryIndex } from './memory-index.js';
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

/** What people put into the memory, and take out of it. */
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
      (of, text) => hashedTerms(of, this.analyser.terms(text)),
      this.analyser.version,
    );
  }

  /** Gives how many entries were forgotten. Throws `Conflict` with `details.would_prune` unless it is confirmed. */
  async prune({ tenant, confirm, ...which }: PruneCommand): Promise<number> {
    if (confirm) return this.index.prune(tenant, which);
    const many = await this.index.count(tenant, which);
    throw new Conflict(`This would forget ${many} entries for good; send "confirm": true to do it`, {
      details: { would_prune: many },
    });
  }
}
