import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { SlackRefusal } from './slack-failure.js';

/**
 * Tells what only the operator can mend (`ChannelRejected`: the account is refused) from what the next attempt may (`ChannelUnavailable`).
 *
 * @param key of the configuration, under which the token stands
 */
export function connectFailure(error: unknown, key: string): unknown {
  if (!(error instanceof SlackRefusal)) return error;
  const Failure = error.ofAccount ? ChannelRejected : ChannelUnavailable;
  return new Failure(`${key}: ${error.message}`, { cause: error });
}
