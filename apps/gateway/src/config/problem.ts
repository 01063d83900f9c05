/** One thing that is wrong with the configuration. No secret stands in any member. */
export interface ConfigProblem {
  /** A file's path (with `:line:column` where the text itself is wrong), or what else gave the value, e.g. `environment variable OPENCLAW_GATEWAY_PORT`. */
  file: string;
  /** `gateway.auth.mode`; empty where the whole file is meant. */
  path: string;
  /** What is there, in words. */
  got: string;
  wanted: string;
  /** All of it in one sentence, without the file. */
  message: string;
}

/** The configuration cannot be used. The message lists every problem, grouped by file, for a person at a terminal. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(report(problems));
    this.name = 'ConfigError';
  }
}

function report(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const groups = Map.groupBy(problems, (problem) => problem.file);
  const blocks = [...groups].map(([file, group]) =>
    [file, ...group.map((problem) => `  - ${problem.message}`)].join('\n'),
  );
  return [`The configuration has ${count}:`, ...blocks].join('\n');
}
