/** `wal`: a message as it was stored; `compacted`: one that lies in a segment; `long-term`: what somebody added to be kept. */
export const MEMORY_TYPES = ['wal', 'compacted', 'long-term'] as const;
export type MemoryType = (typeof MEMORY_TYPES)[number];

/** How many consecutive entries of a stream make a segment, and a window of the ranking. */
export const SEGMENT_ENTRIES = 16;

/** One thing remembered. */
export interface MemoryEntry {
  id: string;
  /** Unique within the tenant, in order of arrival. */
  no: string;
  type: MemoryType;
  content: string;
  /** The conversation or the session that it is of. */
  conversationId: string | undefined;
  /** Of messages. */
  messageId: string | undefined;
  /** Place within its stream, from 0. */
  position: number;
  role: 'user' | 'assistant' | undefined;
  author: string | undefined;
  agentId: string | undefined;
  userId: string | undefined;
  tags: string[];
  metadata: Record<string, unknown> | undefined;
  createdAt: Date;
}

/** What somebody wants to be kept. */
export interface NewNote {
  content: string;
  tags: string[];
  createdAt: Date;
  /** Notes of one session form a stream in the order of their arrival; those without one do so by their tags. */
  sessionId?: string;
  author?: string;
  userId?: string;
  agentId?: string;
  metadata?: Record<string, unknown>;
  /** The conversation that the gateway itself has learned it from: it goes with that. */
  learnedFrom?: string;
}

/** Which entries are meant. All that is given has to hold. */
export interface MemoryFilter {
  type?: MemoryType;
  /** Inclusive. */
  since?: Date;
  until?: Date;
  /** Each of them. */
  tags?: string[];
  /** A conversation's or a session's id. */
  conversationId?: string;
  agentId?: string;
  userId?: string;
}

export interface MemoryStats {
  /** `bytes`: of the texts. */
  wal: { entries: number; bytes: number; oldestEntry: Date | undefined };
  /** `bytes`: of the compressed blocks. */
  compacted: { segments: number; entries: number; bytes: number; lastCompaction: Date | undefined };
}

/** Bears the entry's number, so that it needs no index of its own; sorts by time. */
export function memoryId(no: string, createdAt: Date): string {
  return `mem_${Math.max(0, createdAt.getTime()).toString(16).padStart(12, '0')}${BigInt(no).toString(16).padStart(10, '0')}`;
}

/** Undefined for what no id of an entry looks like. */
export function numberOfMemory(id: string): string | undefined {
  const [, no] = /^mem_[0-9a-f]{12}([0-9a-f]{10,16})$/.exec(id) ?? [];
  if (no === undefined) return undefined;
  const number = BigInt(`0x${no}`);
  return number > 0n && number < 2n ** 63n ? number.toString() : undefined;
}

/** Streams of conversations, sessions, tags and of what was learned never mix. */
export function noteStream({
  sessionId,
  tags,
  learnedFrom,
}: Pick<NewNote, 'sessionId' | 'tags' | 'learnedFrom'>): string {
  if (learnedFrom !== undefined) return learnedStream(learnedFrom);
  return sessionId === undefined ? `t:${JSON.stringify([...new Set(tags)].sort())}` : `s:${sessionId}`;
}

/** Of what was learned from a conversation. It is never put into segments. */
export function learnedStream(conversationId: string): string {
  return `d:${conversationId}`;
}

/** In a talk neighbours belong together; notes with the same tags, and facts, just happen to stand side by side. */
export function isTalk(stream: string): boolean {
  return stream.startsWith('c:') || stream.startsWith('s:');
}
