import type { Spoken, Wire } from './wire.ts';

/** Anthropic's messages. */
export const anthropicWire: Wire = {
  opening: (spoken) => [
    frame('message_start', {
      message: {
        ...message(spoken),
        content: [],
        stop_reason: null,
        usage: { input_tokens: spoken.usage ? spoken.usage.inputTokens : 0, output_tokens: 1 },
      },
    }),
    frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    frame('ping', {}),
  ],
  delta: (_spoken, text) => frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  call(_spoken, { id, name, pieces }, no) {
    const index = no + 1;
    return [
      frame('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }),
      ...pieces.map((text) =>
        frame('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: text } }),
      ),
      frame('content_block_stop', { index }),
    ];
  },
  ending(spoken) {
    const frames = [frame('content_block_stop', { index: 0 })];
    if (spoken.finishReason === null) return frames;
    const usage = spoken.usage ? { usage: { output_tokens: spoken.usage.outputTokens } } : {};
    frames.push(
      frame('message_delta', { delta: { stop_reason: spoken.finishReason ?? naturalEnd(spoken) }, ...usage }),
    );
    frames.push(frame('message_stop', {}));
    return frames;
  },
  error: (body) => frame('error', { error: body }),
  whole: (spoken) => ({
    ...message(spoken),
    content: [
      { type: 'text', text: spoken.chunks.join('') },
      ...spoken.calls.map(({ id, name, pieces }) => ({
        type: 'tool_use',
        id,
        name,
        input: JSON.parse(pieces.join('') || '{}') as object,
      })),
    ],
    stop_reason: spoken.finishReason ?? naturalEnd(spoken),
    usage: {
      input_tokens: spoken.usage ? spoken.usage.inputTokens : 0,
      output_tokens: spoken.usage ? spoken.usage.outputTokens : 0,
    },
  }),
};

function naturalEnd({ calls }: Spoken): string {
  return calls.length > 0 ? 'tool_use' : 'end_turn';
}

function message(spoken: Spoken): object {
  return {
    id: `msg_${spoken.request.no}`,
    type: 'message',
    role: 'assistant',
    model: spoken.request.body?.model ?? 'model',
    stop_sequence: null,
  };
}

function frame(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
