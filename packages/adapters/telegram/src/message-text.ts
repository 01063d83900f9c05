import { splitMarkdown } from '@openclaw/core';
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
  const harmless = withoutMentions(part);
  return { text: harmless.length <= LONGEST_TEXT ? harmless : part.slice(0, LONGEST_TEXT).toWellFormed() };
}

/** Cut by their length as they are written, and shorter where the rendering is longer (tables). */
export function splitForTelegram(text: string, limit = LONGEST_TEXT): string[] {
  return splitMarkdown(text, limit).flatMap((part) => {
    const shown = renderHtml(part);
    const length = shown === undefined ? withoutMentions(part).length : visible(shown).length;
    const good = length <= LONGEST_TEXT && (shown === undefined || fits(shown));
    return good || limit <= 128 ? [part] : splitForTelegram(part, Math.floor(limit / 2));
  });
}

function fits(html: string): boolean {
  return visible(html).length <= LONGEST_TEXT && Buffer.byteLength(html) <= LONGEST_HTML;
}
