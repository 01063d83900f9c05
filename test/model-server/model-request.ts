import type { IncomingHttpHeaders } from 'node:http';

/** A request as the server saw it. */
export interface ModelRequest {
  /** Place among the server's requests, from 1. */
  no: number;
  method: string;
  path: string;
  /** Path and query as they were sent. */
  url: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON; undefined without a body. */
  body: ModelRequestBody | undefined;
  /** The TCP connection, by number: equal for requests that shared one. */
  connection: number;
  /** Ticks of one clock for all requests: `began < other.ended && other.began < ended` means they overlapped. */
  began: number;
  ended: number | undefined;
  /** The client left before the answer was whole. */
  aborted: boolean;
  /** Resolves when the answer is sent or the client has gone. */
  closed: Promise<void>;
}

export interface ModelRequestBody {
  model?: string;
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  system?: string;
  messages?: { role: string; content: string | { type: string; text?: string }[] | null; [member: string]: unknown }[];
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
  [member: string]: unknown;
}

/** The text of the last message of that role. */
export function lastMessage(body: ModelRequestBody | undefined, role = 'user'): string {
  const content = body?.messages?.findLast((message) => message.role === role)?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}
