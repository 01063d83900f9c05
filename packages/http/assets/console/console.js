import { read, Refused, token } from './api.js';
import { chat } from './chat.js';
import { complaint, make } from './dom.js';
import { logs } from './logs.js';
import { memory } from './memory.js';
import { status } from './status.js';

const PARTS = { chat, memory, logs, status };
const main = document.getElementById('main');
const leave = document.getElementById('leave');
/** Of two parts that were asked for one after the other, the last is shown. */
let asked = 0;

async function show() {
  const wanted = location.hash.slice(1);
  const name = Object.hasOwn(PARTS, wanted) ? wanted : 'chat';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const turn = ++asked;
  let part;
  try {
    part = await PARTS[name]();
  } catch (error) {
    part =
      error instanceof Refused && error.status === 401
        ? signIn(token.get() === '' ? undefined : error)
        : complaint(error);
  }
  if (turn !== asked) return;
  leave.hidden = token.get() === '';
  main.replaceChildren(part);
}

function signIn(error) {
  const secret = make('input', { type: 'password', required: true, size: 50, autocomplete: 'off', ariaLabel: 'Token' });
  const form = make('form', {}, secret, make('button', {}, 'Sign in'));
  const said = make('div', {}, ...(error ? [complaint(error)] : []));
  form.onsubmit = async (event) => {
    event.preventDefault();
    token.set(secret.value.trim());
    try {
      await read('/api/v1/models');
      await show();
    } catch (refused) {
      token.forget();
      said.replaceChildren(complaint(refused));
    }
  };
  const hint =
    'The operator’s token, or one made by "openclaw token create". The gateway says at its start where the operator’s is. It is kept until this tab is closed.';
  return make('div', {}, make('h2', {}, 'Sign in'), make('p', { className: 'quiet' }, hint), form, said);
}

leave.onclick = () => {
  token.forget();
  void show();
};
addEventListener('hashchange', () => void show());
void show();
