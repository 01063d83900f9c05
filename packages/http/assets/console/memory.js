import { call, read } from './api.js';
import { complaint, make } from './dom.js';

/** Searches what is remembered, and adds to it. */
export async function memory() {
  const query = make('input', {
    type: 'search',
    required: true,
    size: 40,
    placeholder: 'What was said about…',
    ariaLabel: 'What to look for',
  });
  const note = make('input', {
    required: true,
    size: 40,
    placeholder: 'Something to remember',
    ariaLabel: 'What to remember',
  });
  const found = make('div', { ariaLive: 'polite' });

  const search = make('form', {}, query, make('button', {}, 'Search'));
  search.onsubmit = async (event) => {
    event.preventDefault();
    try {
      const { data } = await read(`/api/v1/memory/search?limit=20&query=${encodeURIComponent(query.value)}`);
      const rows = data.results.map(({ content, score, source }) =>
        make(
          'article',
          {},
          make('div', { className: 'text' }, content),
          make('div', { className: 'quiet' }, `${Math.round(score * 100)} % · ${source}`),
        ),
      );
      found.replaceChildren(...(rows.length > 0 ? rows : [make('p', { className: 'quiet' }, 'Nothing found.')]));
    } catch (error) {
      found.replaceChildren(complaint(error));
    }
  };

  const add = make('form', {}, note, make('button', {}, 'Remember'));
  add.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await call('/api/v1/memory', { json: { content: note.value, type: 'long-term' } });
      found.replaceChildren(make('p', { className: 'quiet' }, 'Remembered.'));
      note.value = '';
    } catch (error) {
      found.replaceChildren(complaint(error));
    }
  };

  const { wal, compacted, total_size_mb: size } = await read('/api/v1/memory/stats');
  const stats = `${wal.entries} entries and ${compacted.files} compacted segments, ${size.toFixed(1)} MB.`;
  return make('div', {}, search, make('br'), add, make('p', { className: 'quiet' }, stats), found);
}
