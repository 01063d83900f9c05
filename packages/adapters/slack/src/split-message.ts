import { splitMarkdown } from '@openclaw/core';
import { escapeMrkdwn } from './escape-mrkdwn.js';
import { LONGEST_TEXT } from './render-mrkdwn.js';

/** Leaves room for what Slack's markup adds; what still comes out longer is shown as it was written, and so fits. */
export const LONGEST_PART = LONGEST_TEXT - 500;

/** Parts that fit into a message of Slack, also where every character becomes an entity. */
export function splitMessage(text: string): string[] {
  return splitMarkdown(text, LONGEST_PART, (part) => escapeMrkdwn(part).length);
}
