/** Keeps secrets so that the database alone does not give them away. */
export abstract class SecretSealer {
  /** `purpose` is what it is for; it opens for nothing else. */
  abstract seal(purpose: string, secret: string): Promise<string>;
  /** Throws when it was sealed for another purpose or with another key. */
  abstract open(purpose: string, sealed: string): Promise<string>;
}
