/**
 * Whether the operator's list has the host: `example.org` on the ports of http and https, `example.org:8443` on that one, `*.example.org` for
 * the hosts below it.
 */
export function isAllowedHost(list: readonly string[], host: string, port: number): boolean {
  const wanted = plain(host);
  return list.some((entry) => {
    const [, name = '', given] = /^(.+?)(?::(\d+))?$/.exec(bracketed(entry)) ?? [];
    const fits = given === undefined ? port === 80 || port === 443 : port === Number(given);
    if (!fits) return false;
    const pattern = plain(name);
    return pattern.startsWith('*.')
      ? wanted.endsWith(pattern.slice(1)) && wanted.length > pattern.length - 1
      : wanted === pattern;
  });
}

/** An IPv6 address by itself has colons that are no port's. */
function bracketed(entry: string): string {
  return !entry.startsWith('[') && entry.split(':').length > 2 ? `[${entry}]` : entry;
}

function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
