import { indent, LEVELS } from './indent.js';
import { excerpt, SeedDocument } from './seed-document.js';

/** The Python and Node programs, the page and the configuration of the integration article (documents 000 and 002). */
export class IntegrationArticle extends SeedDocument {
  /** Sections 5.1: the class and the example of its use, as one program. */
  readonly pythonClient = indent(excerpt(this.section('5.1'), 'import requests'), LEVELS.client);
  readonly crm = indent(excerpt(this.section('7.1'), '# crm_integration.py'), LEVELS.crm);
  readonly helpdesk = indent(excerpt(this.section('7.2'), '# helpdesk_integration.py'), LEVELS.helpdesk);
  /** Section 4.3. */
  readonly verifyWebhook = indent(excerpt(this.section('4.3'), 'import hmac'), LEVELS.verify);
  readonly retry = indent(excerpt(this.section('8.2'), 'import time'), LEVELS.retry);
  /** Section 6.1: the class and the example of its use, as one program. */
  readonly nodeClient = excerpt(this.section('6.1'), '// openclaw-client.js').join('\n');
  readonly page = excerpt(this.section('7.3'), '<!DOCTYPE html>', '</html>').join('\n');
  readonly tokensFile = excerpt(this.section('2.2'), '// ~/.config/openclaw/openclaw.json5').join('\n');
  readonly webhooksFile = excerpt(this.section('4.1'), '{').join('\n');
  readonly rateLimitFile = excerpt(this.section('8.1'), '{').join('\n');
  readonly securityFile = excerpt(this.section('9.'), '{').join('\n');

  /** The class alone, as the file that the other programs import. */
  get pythonClass(): string {
    return this.pythonClient.slice(0, this.pythonClient.indexOf('\nclient = OpenClawClient(') + 1);
  }

  /** The class alone, as the file that other programs require. */
  get nodeClass(): string {
    const end = 'module.exports = OpenClawClient;';
    return this.nodeClient.slice(0, this.nodeClient.indexOf(end) + end.length);
  }

  /** What a printed program says to the gateway: the texts that it passes to functions of that name. */
  static textsFor(call: string, code: string): string[] {
    return [...code.matchAll(new RegExp(`\\b${call}\\((["'])(.*?)\\1[,)]`, 'g'))].map(([, , text = '']) => text);
  }
}

/** The token that the integration article prints, in its configuration as in its programs. */
export const ARTICLE_TOKEN = 'oc_tok_a1b2c3d4e5f6g7h8i9j0';
/** The model that the integration article's programs ask for. */
export const ARTICLE_MODEL = 'claude-sonnet-4-20250514';
