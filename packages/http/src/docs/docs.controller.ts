import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { looseSchema, openApiDocument, type Operation, textSchema } from '@openclaw/contracts';
import { NotFound } from '@openclaw/core';
import type { Route } from '../router.js';
import { sendPage } from '../send-page.js';
import { DOCS_PAGE, DOCS_SCRIPT } from './docs-page.js';

/** Of the package swagger-ui-dist. */
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
const SCRIPT = 'start.js';

const documentDocs: Operation = {
  id: 'openApi',
  tag: 'Reference',
  summary: 'This document',
  answers: {
    200: { description: 'OpenAPI 3.1.', json: { schema: looseSchema({ required: ['openapi', 'info', 'paths'] }) } },
  },
};

const pageDocs: Operation = {
  id: 'docs',
  tag: 'Reference',
  summary: 'This document as a page to read and try',
  answers: { 200: { description: 'A page that loads nothing from elsewhere.', other: { 'text/html': { schema: textSchema() } } } },
};

const assetDocs: Operation = {
  id: 'docsAsset',
  tag: 'Reference',
  summary: 'A part of that page',
  path: { file: `One of ${[SCRIPT, ...Object.keys(ASSETS)].join(', ')}.` },
  answers: {
    200: {
      description: 'The file.',
      other: Object.fromEntries(
        [...new Set(Object.values(ASSETS))].map((type) => [type.split(';')[0] ?? type, { schema: textSchema() }]),
      ),
    },
  },
  errors: [404],
};

/** The API reference: made of `routes` and of its own, at the first call. */
export function docsRoutes(routes: readonly Route[], version: string): Route[] {
  let document: string | undefined;
  const own: Route[] = [
    {
      method: 'get',
      path: '/openapi.json',
      scopes: 'public',
      docs: documentDocs,
      handle: (call) => {
        document ??= JSON.stringify(openApiDocument([...routes, ...own], version));
        sendPage(call, 'application/json; charset=utf-8', document);
      },
    },
    {
      method: 'get',
      path: '/docs',
      scopes: 'public',
      docs: pageDocs,
      handle: (call) => sendPage(call, 'text/html; charset=utf-8', DOCS_PAGE),
    },
    {
      method: 'get',
      path: '/docs/:file',
      scopes: 'public',
      docs: assetDocs,
      handle: async (call) => {
        const { file } = call.req.params;
        if (file === SCRIPT) return sendPage(call, 'text/javascript; charset=utf-8', DOCS_SCRIPT);
        if (typeof file !== 'string' || !Object.hasOwn(ASSETS, file)) throw new NotFound('There is no such file');
        sendPage(call, ASSETS[file] ?? '', await asset(file));
      },
    },
  ];
  return own;
}

/** Read anew each time: a megabyte that hardly anybody asks for is not kept in memory. */
function asset(file: string): Promise<Buffer> {
  return readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`));
}
