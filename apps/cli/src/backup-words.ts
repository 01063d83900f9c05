/** Rows by table, without those that have none; the job queue's tables as `jobs.<name>`. */
export function rowCounts(tables: readonly { group: string; name: string; rows: number }[]): Record<string, number> {
  const filled = tables.filter(({ rows }) => rows > 0);
  return Object.fromEntries(filled.map(({ group, name, rows }) => [group === 'jobs' ? `jobs.${name}` : name, rows]));
}

export function byteText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}
