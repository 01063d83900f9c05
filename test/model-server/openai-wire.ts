import type { Spoken, Wire } from './wire.ts';

/** OpenAI's chat completions. */
export const openAiWire: Wire = {
  opening: (spoken) => [chunk(spoken, { role: 'assistant', content: '' }, null)],
  delta: (spoken, text) => chunk(spoken, { content: text }, null),
  call(spoken, { id, name, pieces }, index) {
    const piece = (call: object) => chunk(spoken, { tool_calls: [{ index, ...call }] }, null);
    return [
      piece({ id, type: 'function', function: { name, arguments: '' } }),
      ...pieces.map((text) => piece({ function: { arguments: text } })),
    ];
  },
  ending(spoken) {
    const frames: string[] = [];
    if (spoken.finishReason !== null) frames.push(chunk(spoken, {}, spoken.finishReason ?? naturalEnd(spoken)));
    if (spoken.usage && spoken.request.body?.stream_options?.include_usage) {
      frames.push(frame({ ...head(spoken, 'chat.completion.chunk'), choices: [], usage: usage(spoken.usage) }));
    }
    if (spoken.finishReason !== null) frames.push('data: [DONE]\n\n');
    return frames;
  },
  error: (body) => frame({ error: body }),
  whole: (spoken) => ({
    ...head(spoken, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: spoken.calls.length > 0 && spoken.chunks.length === 0 ? null : spoken.chunks.join(''),
          ...(spoken.calls.length > 0 && {
            tool_calls: spoken.calls.map(({ id, name, pieces }) => ({
              id,
              type: 'function',
              function: { name, arguments: pieces.join('') },
            })),
          }),
        },
        finish_reason: spoken.finishReason ?? naturalEnd(spoken),
      },
    ],
    ...(spoken.usage && { usage: usage(spoken.usage) }),
  }),
};

function naturalEnd({ calls }: Spoken): string {
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

function head(spoken: Spoken, object: string): object {
  return {
    id: `chatcmpl-${spoken.request.no}`,
    object,
    created: 1_767_225_600,
    model: spoken.request.body?.model ?? 'model',
  };
}

function chunk(spoken: Spoken, delta: object, finishReason: string | null): string {
  return frame({
    ...head(spoken, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}

function usage({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
