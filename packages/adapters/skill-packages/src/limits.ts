/** What a package may be. */
export interface PackageLimits {
  packedBytes: number;
  unpackedBytes: number;
  files: number;
  /** Unpacked to packed; a small package is not held to it. */
  ratio: number;
}

export const PACKAGE_LIMITS: PackageLimits = {
  packedBytes: 20 * 1024 * 1024,
  unpackedBytes: 64 * 1024 * 1024,
  files: 2_000,
  ratio: 200,
};

/** Below this an unpacked package is no bomb, however well it was packed. */
export const HARMLESS_BYTES = 1024 * 1024;
