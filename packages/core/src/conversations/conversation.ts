/** A conversation of one tenant; document D calls it a session. */
export interface Conversation {
  id: string;
  /** Where it takes place: `api`, `telegram`, … */
  channel: string;
  /** What people call it: document D's session label. */
  label: string | undefined;
  agentId: string;
  /** The model its turns use unless a turn names another. */
  model: string | undefined;
  createdAt: Date;
  lastMessageAt: Date;
  messageCount: number;
  /** The beginning of its first message. */
  summary: string;
}

export interface Message {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  createdAt: Date;
  /** Of an answer only. */
  answer?: {
    model: string;
    usage: Usage;
    skillsUsed: string[];
    latencyMs: number;
    /** The caller left before the answer was whole; this is what had been said. */
    interrupted: boolean;
  };
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** The provider sent no figures; these were estimated from the texts' lengths. */
  estimated?: boolean;
}

const SUMMARY_CHARS = 120;

/** One line of at most 120 characters for lists, never cut inside a code point. */
export function summarize(text: string): string {
  const line = text
    .slice(0, SUMMARY_CHARS * 4)
    .replace(/\s+/g, ' ')
    .trim();
  const chars = Array.from(line);
  return chars.length <= SUMMARY_CHARS ? line : `${chars.slice(0, SUMMARY_CHARS - 1).join('')}…`;
}
