/** One server-sent event. */
export interface StreamEvent {
  data: string;
  /** The last `id` that the stream has named, at this event or before it. */
  id: string | undefined;
}

/**
 * Each server-sent event in a body, whatever pieces it arrives in: a piece may end inside a character, between
 * CR and LF, or in the middle of a field. Comments and other fields are skipped; an event that the end cuts off is not given.
 */
export async function* readEventStream(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let data: string[] = [];
  let id: string | undefined;
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    // A CR at the end may be the first half of a CRLF: it waits for what follows.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { data: data.join('\n'), id };
        data = [];
      } else if (line === 'data') data.push('');
      else if (line.startsWith('id:')) id = line.slice(line.startsWith('id: ') ? 4 : 3);
      else if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
}
