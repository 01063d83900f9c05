import { newId } from '@openclaw/core';

/** An id of OpenAI's kind, e.g. `chatcmpl-01k…`: its own prefix before what all our ids are made of. */
export function newAnswerId(prefix: 'chatcmpl-' | 'resp_' | 'msg_' | 'fc_'): string {
  return prefix + newId('run').slice('run_'.length);
}
