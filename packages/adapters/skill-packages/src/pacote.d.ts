/** What we use of a library without types of its own. */
declare module 'pacote' {
  interface Manifest {
    name: string;
    version: string;
    _integrity?: unknown;
    _resolved?: unknown;
  }

  interface Options {
    [option: string]: unknown;
  }

  const pacote: {
    manifest(spec: string, options: Options): Promise<Manifest>;
    tarball: {
      /** Gives what the handler gives, once the tarball has been checked. */
      stream<T>(spec: string, handler: (stream: AsyncIterable<Buffer>) => Promise<T>, options: Options): Promise<T>;
    };
  };
  export default pacote;
  export type { Manifest, Options };
}
