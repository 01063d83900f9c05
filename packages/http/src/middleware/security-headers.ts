import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

const common = {
  // Whether the gateway is reached by TLS alone is for whoever ends the TLS before it to say.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
} as const;

/** An answer of the API is data: a browser that is made to open one as a page may do nothing with it. */
const data = helmet({
  ...common,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/** Pages run what the gateway itself serves, and talk to nobody else. Styles may be inline: that is how documentation pages are made. */
const page = helmet({
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
    (PAGES.test(req.path) ? page : data)(req, res, next);
  };
}
