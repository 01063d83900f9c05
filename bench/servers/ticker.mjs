// A model that streams a prepared answer, each token in a write of its own: one in each turn of its loop, or with a pause before the next.
// TICKER_WORDS (how many), TICKER_PAUSE_MS (default: none)
import { createServer } from 'node:http';

const WORDS = Number(process.env.TICKER_WORDS);
const PAUSE_MS = Number(process.env.TICKER_PAUSE_MS ?? 0);
const later = PAUSE_MS === 0 ? setImmediate : (next) => setTimeout(next, PAUSE_MS);
const about = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'tick' };
const chunk = (delta, more) => ({ ...about, choices: [{ index: 0, delta, finish_reason: null }], ...more });
const word = frame(chunk({ content: 'word ' }));
const last = Buffer.concat([
  frame({ ...about, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  frame({ ...about, choices: [], usage: { prompt_tokens: 10, completion_tokens: WORDS, total_tokens: WORDS + 10 } }),
  Buffer.from('data: [DONE]\n\n'),
]);

function frame(data) {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

const server = createServer({ keepAliveTimeout: 65_000, noDelay: true }, (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    let left = WORDS;
    const tick = () => {
      if (response.destroyed) return;
      if (left-- === 0) return response.end(last);
      // Who reads slowly is waited for.
      if (response.write(word)) later(tick);
      else response.once('drain', tick);
    };
    tick();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit());
