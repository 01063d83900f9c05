import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_AGENT } from '../messages/agent-directory.js';
import { ProviderError } from '../messages/agent-runner.js';
import type { EmbedTexts } from '../messages/embed-texts.js';
import type { Logger } from '../shared/logger.js';
import type { CurrentEmbeddingModel } from './current-embedding-model.js';
import { MEMORY_TOKEN } from './embed-query.js';
import type { MemoryIndex } from './memory-index.js';
import { unitVector } from './unit-vector.js';
import { type NewVector, type Unembedded, type VectorIndex, WrongVectorLength } from './vector-index.js';

/** Entries looked up at once, calls made at once, and what one call may hold: providers refuse more than some 300,000 tokens. */
const ROUND = 256;
const CALLS = 4;
const TEXTS_A_CALL = 64;
const CHARACTERS_A_CALL = 100_000;
/** Of a longer text its beginning is embedded; one that is refused is tried shorter, down to the least. */
const LONGEST_TEXT = 8_000;
const SHORTEST_TEXT = 250;
const CALL_TIMEOUT_MS = 60_000;
/** Of a call that is told to come again later. */
const ATTEMPTS = 6;
const LONGEST_WAIT_MS = 60_000;
/** What any endpoint can embed, if it can embed at all. */
const PROBE = 'hello';

interface Text extends Unembedded {
  text: string;
}

type Call = (tenant: string, texts: string[]) => Promise<(Float32Array | undefined)[]>;

/** Gives entries their vectors, in the background. What was embedded stays so, whenever it breaks off; nothing is embedded twice but what was under way. */
export class EmbedMemory {
  constructor(
    private readonly model: Pick<CurrentEmbeddingModel, 'get'>,
    private readonly texts: Pick<EmbedTexts, 'execute'>,
    private readonly vectors: VectorIndex,
    private readonly index: Pick<MemoryIndex, 'read'>,
    private readonly logger: Logger,
  ) {}

  /** Until nothing waits. Throws what the endpoint says when it is to be tried again later. */
  async execute(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const model = await this.model.get();
      const waiting = model ? await this.vectors.waiting(model.id, ROUND) : [];
      if (!model || waiting.length === 0) return;
      const call: Call = (tenant, texts) => this.embed(tenant, texts, model.dimensions, signal);
      const done = await inTurn(await this.batches(waiting), CALLS, async (batch) =>
        this.vectors.store(model.id, await this.vectorsOf(batch, call)),
      );
      if (signal.aborted) return;
      const [failed] = done.filter(({ status }) => status === 'rejected');
      if (failed) throw failed.reason;
      // Somebody is forgetting all of these, or another model has just been chosen: a moment later it is known.
      if (done.every(({ value }) => value === 0)) return;
    }
  }

  /** A tenant's texts at a time: what they cost is its own. */
  private async batches(waiting: Unembedded[]): Promise<Text[][]> {
    const batches: Text[][] = [];
    for (const [tenant, of] of Map.groupBy(waiting, (one) => one.tenant)) {
      const nos = of.map(({ no }) => no);
      const read = await this.index.read(tenant, nos, {});
      const contents = new Map(read.map(({ no, content }) => [no, content]));
      let batch: Text[] = [];
      let characters = 0;
      for (const no of nos) {
        // Gone by now: without a text it gets no vector, and waits no longer.
        const text = clipped(contents.get(no) ?? '', LONGEST_TEXT);
        if (batch.length === TEXTS_A_CALL || characters + text.length > CHARACTERS_A_CALL) {
          batches.push(batch);
          batch = [];
          characters = 0;
        }
        batch.push({ tenant, no, text });
        characters += text.length;
      }
      batches.push(batch);
    }
    return batches;
  }

  private async vectorsOf(batch: Text[], call: Call): Promise<NewVector[]> {
    const none = batch.filter(({ text }) => text === '').map(({ tenant, no }) => ({ tenant, no, vector: undefined }));
    return [
      ...none,
      ...(await this.embedded(
        batch.filter(({ text }) => text !== ''),
        call,
      )),
    ];
  }

  /** Where one of many is refused, all the others get their vectors; the one is tried with less and less of its text. */
  private async embedded(batch: Text[], call: Call): Promise<NewVector[]> {
    const [first] = batch;
    if (!first) return [];
    try {
      const made = await call(
        first.tenant,
        batch.map(({ text }) => text),
      );
      return batch.map(({ tenant, no }, at) => ({ tenant, no, vector: made[at] }));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        return [
          ...(await this.embedded(batch.slice(0, half), call)),
          ...(await this.embedded(batch.slice(half), call)),
        ];
      }
      if (first.text.length > SHORTEST_TEXT) {
        const text = clipped(first.text, Math.max(SHORTEST_TEXT, Math.floor(first.text.length / 2)));
        return this.embedded([{ ...first, text }], call);
      }
      // It may be the model's name that is refused, or the dimensions: then nothing is this entry's fault.
      await call(first.tenant, [PROBE]);
      this.logger.warn('an entry of the memory can not be embedded and is found by its words alone', { error });
      return [{ tenant: first.tenant, no: first.no, vector: undefined }];
    }
  }

  private async embed(tenant: string, inputs: string[], dimensions: number | undefined, signal: AbortSignal) {
    const { vectors } = await this.patiently(inputs, tenant, signal);
    return vectors.map((figures) => {
      if (dimensions !== undefined && figures.length !== dimensions)
        throw new WrongVectorLength(figures.length, dimensions);
      return unitVector(figures);
    });
  }

  private async patiently(inputs: string[], tenant: string, signal: AbortSignal) {
    const command = { tenant, token: MEMORY_TOKEN, agentId: DEFAULT_AGENT, inputs };
    for (let attempt = 1; ; attempt++) {
      const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
      try {
        return await this.texts.execute(command, AbortSignal.any([signal, timeout]));
      } catch (error) {
        if (timeout.aborted)
          throw new Error(`the endpoint for embeddings gave no answer within ${CALL_TIMEOUT_MS / 1_000} s`, {
            cause: error,
          });
        if (!isBusy(error) || attempt === ATTEMPTS) throw error;
        await sleep(Math.min(error.retryAfterMs ?? 500 * 2 ** attempt, LONGEST_WAIT_MS), undefined, { signal });
      }
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ProviderError && [400, 413, 422].includes(error.status ?? 0);
}

function isBusy(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.status === 429;
}

/** Not in the middle of a character. */
function clipped(text: string, length: number): string {
  return text.slice(0, length).toWellFormed().trim();
}

interface Done<Result> {
  status: 'fulfilled' | 'rejected';
  value?: Result;
  reason?: unknown;
}

/** So many at once. When one has failed, no further one is begun. */
async function inTurn<Item, Result>(
  items: Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Done<Result>[]> {
  const done: Done<Result>[] = [];
  const rest = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of rest) {
      try {
        done.push({ status: 'fulfilled', value: await work(item) });
      } catch (reason) {
        failed = true;
        done.push({ status: 'rejected', reason });
      }
      if (failed) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done;
}
