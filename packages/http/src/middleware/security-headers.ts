import { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { http } from '../node-http.js';

const common = {
  // Whether the gateway is reached by TLS alone is for whoever ends the TLS before it to say.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
} as const;

class Recorder extends http.ServerResponse {
  readonly set: string[] = [];

  override setHeader(name: string, value: number | string | readonly string[]): this {
    this.set.push(name, String(value));
    return this;
  }
}

/** An answer of the API is data: a browser that is made to open one as a page may do nothing with it. */
const data = headersOf({
  ...common,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/** Pages run what the gateway itself serves, and talk to nobody else. Styles may be inline: that is how documentation pages are made. */
const page = headersOf({
  ...common,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
});

const PAGES = /^\/(?:docs(?:\/|$)|console(?:\/|$)|$)/;

/** Tells browsers what they may do with an answer. */
export function securityHeaders() {
  return (req: Request, res: Response, next: NextFunction): void => {
    res.locals.call.headers.push(...(PAGES.test(req.path) ? page : data));
    next();
  };
}

/** What helmet sets with these options, names and values by turns. The same for every request, so it is asked once. */
function headersOf(options: HelmetOptions): readonly string[] {
  const recorder = new Recorder(new http.IncomingMessage(new Socket()));
  helmet(options)(recorder.req, recorder, () => undefined);
  return recorder.set;
}
