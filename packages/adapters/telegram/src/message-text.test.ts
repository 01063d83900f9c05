import { describe, expect, it } from '@jest/globals';
import { formatted, splitForTelegram, unformatted } from './message-text.js';
import { visible } from './render-html.js';

const shown = (part: string) => visible((formatted(part) ?? unformatted(part)).text);

describe('the text of a message', () => {
  it('is measured as it is seen, not as it is written', () => {
    const wide = `| a | b |\n|---|---|\n| ${'x'.repeat(900)} | y |\n${'| z | z |\n'.repeat(60)}`;
    expect(wide.length).toBeLessThan(4_096);
    const parts = splitForTelegram(wide);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(shown(part).length).toBeLessThanOrEqual(4_096);
  });

  it.each([
    ['mentions', '@a '.repeat(3_000)],
    ['quotes within quotes', '>'.repeat(9_000)],
    ['what has to be escaped', '<&>"'.repeat(3_000)],
    ['many short bold words', '**a** '.repeat(3_000)],
    ['emoji', '👩‍👩‍👧‍👦'.repeat(1_500)],
    ['mentions at the limit', '@'.repeat(4_096)],
  ])('is never longer than Telegram takes: %s', (_, text) => {
    for (const part of splitForTelegram(text)) {
      const { text: sent } = formatted(part) ?? unformatted(part);
      expect(visible(sent).length).toBeLessThanOrEqual(4_096);
      expect(Buffer.byteLength(sent)).toBeLessThan(35_000);
      expect(sent.isWellFormed()).toBe(true);
      expect(unformatted(part).text.replaceAll('\u2060', '')).toBe(part);
    }
  });
});
