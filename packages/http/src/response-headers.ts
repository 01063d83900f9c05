import type { ServerResponse } from 'node:http';
import type { Response } from 'express';
import { http } from './node-http.js';

/**
 * Has these responses send what `ApiCall.header` was told, all in one go: Node's `setHeader` keeps each header in a table of its own, and
 * costs twice as much. Whoever has set headers by it is served, too; theirs take the place of those of the same name.
 *
 * @param response the prototype of an app's responses
 */
export function sendHeadersAtOnce(response: Response): void {
  response.writeHead = function (this: Response, status: number, ...more: unknown[]): Response {
    const told = (this.locals as Partial<Response['locals']> | undefined)?.call?.headers ?? [];
    const [own] = more;
    const simple = more.length === 0 || (more.length === 1 && isRecord(own));
    if (simple && this.getHeaderNames().length === 0) {
      const all = own ? told.concat(Object.entries(own as Record<string, string>).flat()) : told;
      return writeHead.call(this, status, all) as Response;
    }
    for (let at = 0; at < told.length; at += 2) {
      const name = told[at] as string;
      if (!this.hasHeader(name)) this.setHeader(name, told[at + 1] as string);
    }
    return writeHead.call(this, status, ...more) as Response;
  };
}

type WriteHead = (this: ServerResponse, status: number, ...more: unknown[]) => ServerResponse;

const writeHead = http.ServerResponse.prototype.writeHead as WriteHead;

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
