import { type Measure, splitMarkdown } from './split-markdown.js';

/**
 * `splitMarkdown` for a platform that shows some parts longer than they are written (a table): those that do not fit then are cut again, shorter.
 *
 * @param limit of a part as it is written, as `measure` counts; at least 64
 */
export function splitToFit(text: string, limit: number, fits: (part: string) => boolean, measure?: Measure): string[] {
  return splitMarkdown(text, limit, measure).flatMap((part) =>
    // What so short a text is shown as has always room.
    fits(part) || limit < 128 ? [part] : splitToFit(part, Math.floor(limit / 2), fits, measure),
  );
}
