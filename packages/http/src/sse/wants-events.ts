/**
 * Whether an Accept header asks for a stream: it names event streams, and does not like JSON better. Wildcards ask for nothing.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#field.accept
 */
export function wantsEvents(accept = ''): boolean {
  const events = quality(accept, 'text/event-stream');
  return events > 0 && events >= quality(accept, 'application/json');
}

/** From 0 to 1; 0 for a type that is not named. */
function quality(accept: string, type: string): number {
  const named = accept.split(',').map((range) =>
    range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim()),
  );
  const [, ...parameters] = named.find(([name]) => name === type) ?? [type, 'q=0'];
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
}
