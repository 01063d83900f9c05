/** Cuts texts into the terms by which they are found. */
export abstract class Analyser {
  /** Another one means other terms: what was indexed before is indexed again. From 1. */
  abstract readonly version: number;

  /** The terms of a text that is to be found, in order, repeated ones too. */
  abstract terms(text: string): string[];

  /** The terms of a query, without words that say nothing; where it has no others, with them. */
  abstract queryTerms(text: string): string[];
}
