import { splitToFit } from '@openclaw/core';
import { renderHtml, visible, withoutMentions } from './render-html.js';

/** Of what is seen, in UTF-16 code units. @see https://core.telegram.org/bots/api#sendmessage */
export const LONGEST_TEXT = 4_096;
/** Of the HTML before it is parsed, in bytes: Telegram cuts off what is beyond 35,000. */
const LONGEST_HTML = 32_768;

export interface MessageText {
  text: string;
  parse_mode?: 'HTML';
}

/** Undefined where the part can only be shown as it was written. */
export function formatted(part: string): MessageText | undefined {
  const html = renderHtml(part);
  return html !== undefined && fits(html) ? { text: html, parse_mode: 'HTML' } : undefined;
}

export function unformatted(part: string): MessageText {
  return { text: withoutMentions(part).slice(0, LONGEST_TEXT).toWellFormed() };
}

/** Cut by their length as they are written, and shorter where the rendering is longer (tables). Each fits as HTML and as plain text. */
export function splitForTelegram(text: string): string[] {
  return splitToFit(text, LONGEST_TEXT, (part) => {
    const html = renderHtml(part);
    return withoutMentions(part).length <= LONGEST_TEXT && (html === undefined || fits(html));
  });
}

function fits(html: string): boolean {
  return visible(html).length <= LONGEST_TEXT && Buffer.byteLength(html) <= LONGEST_HTML;
}
