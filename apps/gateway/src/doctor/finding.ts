/** What one look at the installation came to. */
export interface Finding {
  /** What was looked at: `port`, `database`, … */
  check: string;
  /** `warn` serves now and may not tomorrow; `fail` does not. */
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do; with every `warn` and `fail`. */
  advice?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

export function warn(check: string, message: string, advice: string): Finding {
  return { check, status: 'warn', message, advice };
}

export function fail(check: string, message: string, advice: string): Finding {
  return { check, status: 'fail', message, advice };
}
