import { Analyser } from './analyser.js';

/** For tests: words between blanks and signs, in lower case, and one word that says nothing. */
export class WordAnalyser extends Analyser {
  readonly version = 1;

  terms(text: string): string[] {
    return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  }

  queryTerms(text: string): string[] {
    const asking = this.terms(text).filter((word) => word !== 'the');
    return asking.length > 0 ? asking : this.terms(text);
  }
}
