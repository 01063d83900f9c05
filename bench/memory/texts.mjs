const WORDS = 60_000;
const STREAM_ENTRIES = 20;

/** Generated texts, whose words are as unevenly common as those of a language; the same in every run. */
export class Texts {
  #random = generator(7);
  #streams = 0;

  /** Zipf's law, nearly: the n-th word comes up about 1/n as often as the first. */
  sentence(words) {
    return Array.from({ length: words }, () => `w${Math.floor(WORDS ** this.#random()) - 1}`).join(' ');
  }

  /** Of sessions of 20. */
  notes(many) {
    return Array.from({ length: many }, (_, no) => {
      if (no % STREAM_ENTRIES === 0) this.#streams++;
      return {
        content: this.sentence(12 + Math.floor(this.#random() * 20)),
        tags: [],
        createdAt: new Date(),
        sessionId: `session-${this.#streams}`,
      };
    });
  }

  /** The name of a session that there is. */
  session() {
    return `session-${1 + Math.floor(this.#random() * this.#streams)}`;
  }
}

function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
