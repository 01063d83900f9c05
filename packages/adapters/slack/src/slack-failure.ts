import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { webApi } from '@slack/bolt';

/** Slack's own words for what may pass by itself. Every other word is a refusal. */
const PASSING = new Set([
  ...['ratelimited', 'rate_limited', 'message_limit_exceeded', 'internal_error', 'fatal_error', 'server_error'],
  ...[
    'service_unavailable',
    'request_timeout',
    'timeout',
    'unknown_error',
    'team_added_to_org',
    'external_channel_migrating',
  ],
]);

/** What to do about the refusals that are met most. */
const ADVICE: Readonly<Record<string, string>> = {
  channel_not_found: 'there is no such conversation, or the app is not in it',
  not_in_channel: 'the app is not in this channel; invite it with /invite',
  is_archived: 'the channel is archived',
  msg_too_long: 'the text is longer than Slack takes',
  no_text: 'there is no text in it',
  user_not_found: 'there is no such user',
  message_not_found: 'there is no such message',
  thread_not_found: 'there is no such thread',
  cant_update_message: 'only what the app has sent itself can be changed',
  edit_window_closed: 'the workspace allows no changes after so long',
  restricted_action: 'a setting of the workspace does not let the app write there',
  not_authed: 'there is no token',
  invalid_auth: 'the token is not valid (any more); make a new one under "OAuth & Permissions"',
  token_revoked: 'the token was revoked, or the app removed from the workspace',
  token_expired: 'the token has expired',
  account_inactive: "the app's user or its workspace was switched off",
  team_disabled: 'the workspace was switched off',
  user_removed_from_team: "the app's user was removed from the workspace",
  not_allowed_token_type: 'the token is of the wrong kind: botToken begins with xoxb-, appToken with xapp-',
  missing_scope: 'the token lacks a permission; add the scope and install the app again',
};

/** Refusals of the account itself: no message and no new attempt will do before somebody changes something. */
const ACCOUNT = new Set([
  ...['not_authed', 'invalid_auth', 'token_revoked', 'token_expired', 'account_inactive', 'team_disabled'],
  ...['user_removed_from_team', 'not_allowed_token_type', 'missing_scope', 'no_permission', 'org_login_required'],
]);

const WAIT_WITHOUT_WORD_MS = 30_000;

/** A refusal in Slack's words. */
export class SlackRefusal extends ChannelRejected {
  /** Slack's word for it, `channel_not_found`. */
  readonly word: string;

  constructor(word: string, needed: string | undefined, options: { cause: unknown }) {
    const advice = ADVICE[word];
    const scope = needed === undefined ? '' : ` (needed: ${needed})`;
    super(`Slack refuses: ${word}${advice === undefined ? '' : `, ${advice}`}${scope}`, options);
    this.word = word;
  }

  /** Whether it is the account that is refused, and not the one call. */
  get ofAccount(): boolean {
    return ACCOUNT.has(this.word);
  }
}

/** Says in our words why a call failed. Takes only what is known to bear no secret into the message. */
export function slackFailure(error: unknown): SlackRefusal | ChannelUnavailable {
  if (error instanceof webApi.WebAPIRateLimitedError) return limited(error.retryAfter, error);
  if (error instanceof webApi.WebAPIPlatformError) return platformFailure(error);
  if (error instanceof webApi.WebAPIHTTPError) {
    if (error.statusCode === 429) return limited(undefined, error);
    const seconds = Number(error.headers['retry-after']);
    return new ChannelUnavailable(`Slack answered with status ${error.statusCode}`, {
      cause: error,
      retryAfterMs: seconds > 0 ? seconds * 1_000 : undefined,
    });
  }
  // The SDK gives a 429 without a number no class of its own.
  if (error instanceof Error && error.message.startsWith('Retry header')) return limited(undefined, error);
  return new ChannelUnavailable(`Slack can't be reached${reasonOf(error)}`, { cause: error });
}

function platformFailure(error: InstanceType<typeof webApi.WebAPIPlatformError>) {
  const { error: word, response_metadata: metadata, needed } = error.data as { error?: unknown } & Details;
  // The SDK takes the whole of an answer that is no JSON for Slack's word.
  if (typeof word !== 'string' || !/^\w{1,80}$/.test(word))
    return new ChannelUnavailable('Slack gave an answer that can not be understood', { cause: error });
  if (word === 'ratelimited' || word === 'rate_limited') return limited(metadata?.retryAfter, error);
  if (PASSING.has(word)) return new ChannelUnavailable(`Slack can't do it now: ${word}`, { cause: error });
  return new SlackRefusal(word, typeof needed === 'string' ? needed : undefined, { cause: error });
}

interface Details {
  response_metadata?: { retryAfter?: number };
  needed?: unknown;
}

function limited(seconds: number | undefined, cause: unknown): ChannelUnavailable {
  const retryAfterMs = seconds !== undefined && seconds >= 0 ? seconds * 1_000 : WAIT_WITHOUT_WORD_MS;
  return new ChannelUnavailable(`Slack asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`, { cause, retryAfterMs });
}

/** The system's word for what broke on the way, `ECONNREFUSED`, wherever in the chain of causes it stands. */
function reasonOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at.name === 'TimeoutError') return ': no answer in time';
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^(?:E[A-Z]+|UND_ERR_\w+|CERT_\w+|DEPTH_\w+)$/.test(code)) return `: ${code}`;
  }
  return '';
}
