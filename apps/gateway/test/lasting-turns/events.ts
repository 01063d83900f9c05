import type { GatewayProcess } from '../harness/index.js';

export interface StreamEvent {
  id: string;
  data: string;
}

export function eventsOf(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((frame) => /^data: /m.test(frame))
    .map((frame) => ({ id: /^id: (.*)$/m.exec(frame)?.[1] ?? '', data: /^data: (.*)$/m.exec(frame)?.[1] ?? '' }));
}

/** What dialect A's events have said. */
export function said(events: StreamEvent[]): string {
  return events.map(({ data }) => (JSON.parse(data) as { content?: string }).content ?? '').join('');
}

/** Begins a stream, of dialect A unless another path is given, reads so many of its events, and hangs up. */
export async function readSome(
  gateway: GatewayProcess,
  message: string,
  count: number,
  headers: Record<string, string> = {},
  path = '/api/v1/chat/stream',
) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const response = await gateway.fetch(path, { json: { message }, headers, signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const events = eventsOf(text);
    if (events.length >= count) {
      leaving.abort();
      return { id: response.headers.get('x-openclaw-message-id') ?? '', events: events.slice(0, count) };
    }
    const piece = await reader?.read();
    if (!piece || piece.done) throw new Error(`The stream ended after ${events.length} events: ${text}`);
    text += piece.value;
  }
}

/** What follows an event, until the turn's end. */
export async function resume(gateway: GatewayProcess, event: StreamEvent): Promise<StreamEvent[]> {
  const id = event.id.slice(0, event.id.lastIndexOf(':'));
  const response = await gateway.fetch(`/api/v1/message/${id}/stream`, { headers: { 'Last-Event-ID': event.id } });
  if (response.status === 204) return [];
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return eventsOf(await response.text());
}
