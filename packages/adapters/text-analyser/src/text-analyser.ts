import { stemmer } from '@orama/stemmers/english';
import { Analyser } from '@openclaw/core';
import { HAN_STOP_PHRASES, LATIN_STOP_WORDS } from './stop-words.js';
import { traditionalToSimplified } from './traditional.js';

/** Runs of one kind of script: Han, Hangul, Kana, and words of everything else that has letters or digits. */
const RUN =
  /([\p{Script=Han}々〇]+)|(\p{Script=Hangul}+)|([\p{Script=Hiragana}\p{Script=Katakana}ー]+)|([[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]]+)/gv;
const ACCENT = /\p{M}+/gu;
const LATIN = /^[a-z]+$/;
/** Nobody searches for more of one word. */
const LONGEST_WORD = 64;
/** Of a longer text the beginning is analysed, in UTF-16 code units. */
const LONGEST_TEXT = 200_000;
const STOPS = new RegExp(HAN_STOP_PHRASES.join('|'), 'gu');

/**
 * By script: Porter2 stems of Latin words without accents; single characters and pairs of Han, traditional folded to simplified; single
 * syllables and pairs of Hangul; pairs of Kana. Made of Unicode's properties and two tables, so that every machine gives the same.
 */
export class TextAnalyser extends Analyser {
  readonly version = 1;
  private readonly simplified = traditionalToSimplified();
  private readonly stems = new Map<string, string>();

  terms(text: string): string[] {
    return this.cut(text, () => true);
  }

  queryTerms(text: string): string[] {
    const asking = this.cut(text.normalize('NFKC').replaceAll(STOPS, ' '), (word) => !LATIN_STOP_WORDS.has(word));
    return asking.length > 0 ? asking : this.terms(text);
  }

  private cut(text: string, wanted: (word: string) => boolean): string[] {
    const terms: string[] = [];
    for (const [, han, hangul, kana, word = ''] of text
      .slice(0, LONGEST_TEXT)
      .normalize('NFKC')
      .toLowerCase()
      .matchAll(RUN)) {
      if (han !== undefined) this.addHan(han, terms);
      else if (hangul !== undefined) addPairs(Array.from(hangul), terms, true);
      else if (kana !== undefined) addPairs(Array.from(kana), terms, kana.length === 1);
      else if (wanted(word)) terms.push(this.stem(word));
    }
    return terms;
  }

  private addHan(run: string, terms: string[]): void {
    addPairs(
      Array.from(run, (character) => this.simplified.get(character) ?? character),
      terms,
      true,
    );
  }

  private stem(word: string): string {
    let stem = this.stems.get(word);
    if (stem === undefined) {
      const plain = word.normalize('NFD').replace(ACCENT, '').slice(0, LONGEST_WORD);
      stem = LATIN.test(plain) ? stemmer(plain) : plain;
      if (this.stems.size >= KEPT_STEMS) this.stems.clear();
      this.stems.set(word, stem);
    }
    return stem;
  }
}

/** Most words are one of few; the stemmer takes a microsecond or two for each. */
const KEPT_STEMS = 50_000;

function addPairs(characters: string[], terms: string[], singles: boolean): void {
  characters.forEach((character, at) => {
    if (singles) terms.push(character);
    const next = characters[at + 1];
    if (next !== undefined) terms.push(character + next);
  });
}
