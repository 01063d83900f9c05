const ISO_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/**
 * A date, or a date and time; without an offset it is UTC. A blank where an offset's `+` belongs is taken for one, because that is what
 * an unescaped `+` in a query string turns into. Undefined for anything else, days that no month has included.
 */
export function parseIsoTime(text: string): Date | undefined {
  const match = ISO_TIME.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', clock = '00:00', zone = 'Z'] = match;
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.charAt(0) === '-' ? '-' : '+'}${zone.slice(1, 3)}:${zone.slice(-2)}`;
  const date = new Date(`${year}-${month}-${day}T${clock}${offset}`);
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(date.getTime()) || Number(year) === 0 || Number(day) > days ? undefined : date;
}
