/** From (inclusive) to (exclusive), UTC. */
export interface DateSpan {
  from: Date;
  to: Date;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NAME =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';

type Reader = (match: string[]) => [year: number, month?: number, day?: number];

/** The longest forms first: what one has read, the next does not see. */
const FORMS: readonly [RegExp, Reader][] = [
  [/\b(\d{4})-(\d{1,2})-(\d{1,2})\b/g, ([, y, m, d]) => [Number(y), Number(m), Number(d)]],
  [/(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日號号]/g, ([, y, m, d]) => [Number(y), Number(m), Number(d)]],
  [/(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일/g, ([, y, m, d]) => [Number(y), Number(m), Number(d)]],
  [
    new RegExp(`\\b${NAME}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})\\b`, 'gi'),
    ([, m, d, y]) => [Number(y), monthOf(m), Number(d)],
  ],
  [
    new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?${NAME},?\\s+(\\d{4})\\b`, 'gi'),
    ([, d, m, y]) => [Number(y), monthOf(m), Number(d)],
  ],
  [/\b(\d{4})-(\d{1,2})\b/g, ([, y, m]) => [Number(y), Number(m)]],
  [/(\d{4})\s*年\s*(\d{1,2})\s*月/g, ([, y, m]) => [Number(y), Number(m)]],
  [/(\d{4})\s*년\s*(\d{1,2})\s*월/g, ([, y, m]) => [Number(y), Number(m)]],
  [new RegExp(`\\b${NAME},?\\s+(?:of\\s+)?(\\d{4})\\b`, 'gi'), ([, m, y]) => [Number(y), monthOf(m)]],
  [/(\d{4})\s*年/g, ([, y]) => [Number(y)]],
  [/(\d{4})\s*년/g, ([, y]) => [Number(y)]],
  [/\b(?:in|during|since|of|year)\s+((?:19|20)\d{2})\b/gi, ([, y]) => [Number(y)]],
];

/** The explicit dates of a text: days, months and years, in English, ISO 8601, Chinese, Japanese and Korean. */
export function datesIn(text: string): DateSpan[] {
  const spans: DateSpan[] = [];
  let rest = text.normalize('NFKC');
  for (const [form, read] of FORMS) {
    rest = rest.replace(form, (...match: string[]) => {
      const span = spanOf(...read(match));
      if (span) spans.push(span);
      return ' ';
    });
  }
  return spans;
}

function monthOf(name = ''): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function spanOf(year: number, month?: number, day?: number): DateSpan | undefined {
  if (year < 1000 || (month !== undefined && (month < 1 || month > 12))) return undefined;
  if (month === undefined) return { from: at(year, 0, 1), to: at(year + 1, 0, 1) };
  if (day === undefined) return { from: at(year, month - 1, 1), to: at(year, month, 1) };
  const from = at(year, month - 1, day);
  return from.getUTCDate() === day ? { from, to: at(year, month - 1, day + 1) } : undefined;
}

function at(year: number, month: number, day: number): Date {
  return new Date(Date.UTC(year, month, day));
}
