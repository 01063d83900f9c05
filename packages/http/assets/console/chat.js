import { call, events, read } from './api.js';
import { complaint, localTime, make } from './dom.js';

const LISTED = 50;

/** Talks to the agent, in a new conversation or in one that is there. */
export async function chat() {
  const list = make('aside', { ariaLabel: 'Conversations' });
  const said = make('div', { className: 'said', ariaLive: 'polite' });
  const text = make('textarea', { rows: 2, required: true, placeholder: 'Say something', ariaLabel: 'Your message' });
  const stop = make('button', { type: 'button', hidden: true }, 'Stop');
  const send = make('button', {}, 'Send');
  const form = make('form', {}, text, send, stop);
  let conversationId;

  const show = (role, content) => {
    const line = make('p', { className: role }, content);
    said.append(line);
    line.scrollIntoView({ block: 'end' });
    return line;
  };

  async function open(id) {
    conversationId = id;
    const { messages } =
      id === undefined ? { messages: [] } : await read(`/api/v1/conversations/${encodeURIComponent(id)}`);
    said.replaceChildren();
    for (const { role, content } of messages) show(role, content);
    text.focus();
  }

  async function refresh() {
    const { conversations } = await read(`/api/v1/conversations?limit=${LISTED}`);
    list.replaceChildren(
      make('button', { type: 'button', onclick: () => act(() => open(undefined)) }, '+ New conversation'),
      ...conversations.map(({ id, summary, last_message_at: at }) =>
        make(
          'button',
          { type: 'button', title: `${id}, ${localTime(at)}`, onclick: () => act(() => open(id)) },
          summary || id,
        ),
      ),
    );
  }

  async function act(work) {
    try {
      await work();
    } catch (error) {
      said.append(complaint(error));
    }
  }

  async function answer() {
    const stopping = new AbortController();
    const message = text.value;
    show('user', message);
    text.value = '';
    stop.hidden = false;
    stop.onclick = () => stopping.abort();
    send.disabled = true;
    const line = show('assistant', '');
    try {
      const json = { message, ...(conversationId !== undefined && { conversationId }) };
      const response = await call('/api/v1/chat/stream', { json, signal: stopping.signal });
      for await (const event of events(response)) {
        if (event.type === 'start') conversationId = event.conversationId;
        else if (event.type === 'delta') line.append(event.content);
        else if (event.type === 'error') throw new Error(event.message);
        line.scrollIntoView({ block: 'end' });
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    } finally {
      stop.hidden = true;
      send.disabled = false;
      await refresh();
    }
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    void act(answer);
  };
  text.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || send.disabled) return;
    event.preventDefault();
    form.requestSubmit();
  };
  await refresh();
  return make('div', { className: 'chat' }, list, make('section', {}, said, form));
}
