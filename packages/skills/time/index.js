/** @param {{ zone?: string, at?: string }} args */
export default async function time({ zone = 'UTC', at } = {}) {
  const moment = at === undefined ? new Date() : new Date(at);
  if (Number.isNaN(moment.getTime())) throw new Error(`"${at}" is not a moment in ISO 8601`);
  return { iso: moment.toISOString(), zone, ...local(moment, zone) };
}

function local(moment, zone) {
  let format;
  try {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'long',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
  } catch {
    throw new Error(`There is no time zone "${zone}"`);
  }
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  return {
    date: `${part.year}-${part.month}-${part.day}`,
    time: `${part.hour}:${part.minute}:${part.second}`,
    weekday: part.weekday,
    offset: part.timeZoneName === 'GMT' ? '+00:00' : part.timeZoneName.replace('GMT', ''),
  };
}
