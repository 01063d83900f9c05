import assert from 'node:assert/strict';
import { inspect } from 'node:util';

/** What the work fails with; the secret is neither in its message nor in its stack, a cause or a member. */
export async function failureWithout(secret: string, work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Error, `it did not fail: ${String(error)}`);
  assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(secret), 'the error holds the secret');
  return error;
}
