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
  let afterCr = false;
  for await (const piece of pieces) {
    let more = decoder.decode(piece, { stream: true });
    if (more === '') continue;
    // Half of a CRLF came with the piece before, and has ended its line already.
    if (afterCr && more.startsWith('\n')) more = more.slice(1);
    afterCr = more.endsWith('\r');
    const lines = (text + more).split(/\r\n|\n|\r/);
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
