import { read } from './api.js';
import { complaint, localTime, make } from './dom.js';

const LINES = 200;
const KNOWN = new Set(['timestamp', 'level', 'component', 'message']);

/** The newest lines of the log. */
export async function logs() {
  const levels = ['info', 'debug', 'warn', 'error'].map((level) => make('option', {}, level));
  const level = make('select', { ariaLabel: 'Least level' }, ...levels);
  const lines = make('div');

  async function refresh() {
    try {
      const { logs: entries } = await read(`/api/v1/logs?limit=${LINES}&level=${level.value}`);
      lines.replaceChildren(...entries.toReversed().map(line));
    } catch (error) {
      lines.replaceChildren(complaint(error));
    }
  }

  const form = make('form', {}, level, make('button', {}, 'Refresh'));
  form.onsubmit = (event) => {
    event.preventDefault();
    void refresh();
  };
  level.onchange = refresh;
  await refresh();
  return make('div', {}, form, lines);
}

function line(entry) {
  const { timestamp, level, component, message } = entry;
  const more = Object.entries(entry).filter(([name]) => !KNOWN.has(name));
  return make(
    'article',
    {},
    make(
      'span',
      { className: level === 'error' || level === 'warn' ? 'bad' : 'quiet' },
      `${localTime(timestamp)} ${level} ${component ?? ''} `,
    ),
    message ?? '',
    make(
      'div',
      { className: 'quiet' },
      more.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' '),
    ),
  );
}
