/**
 * An element with these properties and children. What comes from outside is only ever text: nothing here takes markup.
 *
 * @param {string} name
 * @param {Record<string, unknown>} [properties]
 * @param {(Node | string)[]} children
 */
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** @param {unknown} error */
export function complaint(error) {
  return make('p', { className: 'bad', role: 'alert' }, error instanceof Error ? error.message : String(error));
}

/** @param {string | null | undefined} time */
export function localTime(time) {
  return time ? new Date(time).toLocaleString() : '–';
}
