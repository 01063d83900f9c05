import { afterAll } from '@jest/globals';

const actions: (() => Promise<unknown> | void)[] = [];

/** Has something undone at the end of the test file, whatever became of the tests; what came last is undone first. */
export function later(action: () => Promise<unknown> | void): void {
  actions.push(action);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (let action = actions.pop(); action; action = actions.pop()) {
    try {
      await action();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'));
}, 120_000);
