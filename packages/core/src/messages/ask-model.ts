import type { Usage } from '../conversations/conversation.js';
import { UpstreamFailed } from '../shared/errors.js';
import type { UsageRecorder } from '../usage/usage-recorder.js';
import type { AgentDirectory } from './agent-directory.js';
import type { AgentRunner, RunRequest } from './agent-runner.js';
import { estimateUsage } from './estimate-usage.js';

export interface ModelQuestion {
  tenant: string;
  /** Whose model answers, unless `model` names another one. */
  agentId: string;
  model?: string | undefined;
  /** Ours; never text from outside. */
  instructions: string;
  /** What of it comes from outside is fenced. */
  text: string;
  /** Of the answer. */
  maxTokens: number;
}

const LONGEST_ANSWER = 100_000;
const LONGEST_CALL_MS = 120_000;

/** Has a model do something for the gateway itself, outside of any turn: without skills, without the agent's own instructions. */
export class AskModel {
  /** `purpose` stands where the record of what was used names the caller. */
  constructor(
    private readonly runner: Pick<AgentRunner, 'run'>,
    private readonly agents: () => AgentDirectory,
    private readonly usage: Pick<UsageRecorder, 'record'>,
    private readonly purpose: string,
  ) {}

  /** Throws `UnknownModel`, `UpstreamFailed`, and the signal's reason. */
  async execute(question: ModelQuestion, signal: AbortSignal): Promise<{ text: string; model: string }> {
    const { tenant, agentId, instructions, text, maxTokens } = question;
    const request: RunRequest = {
      choice: this.agents().modelFor(agentId, question.model, undefined),
      system: instructions,
      messages: [{ role: 'user', content: text }],
      maxTokens,
      whole: true,
    };
    let said = '';
    let { model } = request.choice;
    let used: Usage | undefined;
    try {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_CALL_MS)]);
      for await (const event of this.runner.run(request, patience)) {
        if (event.type === 'delta') said += event.text;
        else if (event.type === 'finished') {
          ({ model } = event);
          used = event.usage ?? estimateUsage(request, said);
        }
        if (said.length > LONGEST_ANSWER)
          throw new UpstreamFailed('The model did not stop talking; its answer was cut off');
      }
      return { text: said, model };
    } finally {
      // What was said before it broke off was paid for.
      if (!used && said !== '') used = estimateUsage(request, said);
      if (used) {
        const { inputTokens, outputTokens } = used;
        this.usage.record({ tenant, token: this.purpose, agentId, model, inputTokens, outputTokens });
      }
    }
  }
}
