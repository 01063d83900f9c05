import { readFile } from 'node:fs/promises';
import { type Operation, textSchema } from '@openclaw/contracts';
import { NotFound } from '@openclaw/core';
import type { Route } from '../router.js';
import { sendPage } from '../send-page.js';

const FOLDER = new URL('../../assets/console/', import.meta.url);
const PAGE = 'index.html';
const SCRIPTS = ['console.js', 'api.js', 'chat.js', 'dom.js', 'logs.js', 'memory.js', 'status.js'];
const FILES: Record<string, string> = {
  'console.css': 'text/css; charset=utf-8',
  ...Object.fromEntries(SCRIPTS.map((name) => [name, 'text/javascript; charset=utf-8'])),
};

const pageDocs: Operation = {
  id: 'console',
  tag: 'Reference',
  summary: 'The console: talk to the agent, and look at memory, log and state, in a browser',
  answers: {
    200: { description: 'A page that loads nothing from elsewhere.', other: { 'text/html': { schema: textSchema() } } },
  },
};

const fileDocs: Operation = {
  id: 'consoleFile',
  tag: 'Reference',
  summary: 'A part of that page',
  path: { file: `One of ${Object.keys(FILES).join(', ')}.` },
  answers: {
    200: {
      description: 'The file.',
      other: { 'text/css': { schema: textSchema() }, 'text/javascript': { schema: textSchema() } },
    },
  },
  errors: [404],
};

/** The web console. It has no way into the gateway but the API, with the token that its user enters. */
export function consoleRoutes(): Route[] {
  return [
    {
      method: 'get',
      path: '/',
      scopes: 'public',
      docs: pageDocs,
      handle: async (call) => sendPage(call, 'text/html; charset=utf-8', await file(PAGE)),
    },
    {
      method: 'get',
      path: '/console/:file',
      scopes: 'public',
      docs: fileDocs,
      handle: async (call) => {
        const { file: name } = call.req.params;
        if (typeof name !== 'string' || !Object.hasOwn(FILES, name)) throw new NotFound('There is no such file');
        sendPage(call, FILES[name] ?? '', await file(name));
      },
    },
  ];
}

function file(name: string): Promise<Buffer> {
  return readFile(new URL(name, FOLDER));
}
