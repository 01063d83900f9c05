import type { Spoken, Wire } from './wire.ts';

/** OpenAI's chat completions. */
export const openAiWire: Wire = {
  opening: (spoken) => [chunk(spoken, { role: 'assistant', content: '' }, null)],
  delta: (spoken, text) => chunk(spoken, { content: text }, null),
  ending(spoken) {
    const frames: string[] = [];
    if (spoken.finishReason !== null) frames.push(chunk(spoken, {}, spoken.finishReason ?? 'stop'));
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
        message: { role: 'assistant', content: spoken.chunks.join('') },
        finish_reason: spoken.finishReason ?? 'stop',
      },
    ],
    ...(spoken.usage && { usage: usage(spoken.usage) }),
  }),
};

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
