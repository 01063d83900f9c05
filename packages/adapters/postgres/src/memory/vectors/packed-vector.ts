/** What stands before the figures: a float, by which each of them is to be multiplied to give a vector of length 1. */
const HEAD_BYTES = 4;
const LARGEST = 127;

/** A vector of length 1, a byte a figure: a quarter of the room, and a cosine is off by some thousandths. */
export function packVector(vector: Float32Array): Buffer {
  const largest = vector.reduce((most, figure) => Math.max(most, Math.abs(figure)), 0);
  const bytes = Buffer.alloc(HEAD_BYTES + vector.length);
  let squares = 0;
  vector.forEach((figure, at) => {
    const rounded = Math.round((figure / largest) * LARGEST);
    bytes.writeInt8(rounded, HEAD_BYTES + at);
    squares += rounded * rounded;
  });
  bytes.writeFloatLE(1 / Math.sqrt(squares), 0);
  return bytes;
}

export function unpackVector(packed: Uint8Array): Float32Array {
  const factor = factorOf(packed);
  return Float32Array.from(figuresOf(packed), (figure) => figure * factor);
}

/** Of figures of length 1 and a packed vector: -1…1. Undefined where they are not of the same length. */
export function packedCosine(query: Float32Array, packed: Uint8Array): number | undefined {
  const figures = figuresOf(packed);
  const { length } = query;
  if (figures.length !== length) return undefined;
  let sum = 0;
  for (let at = 0; at < length; at++) sum += (query[at] as number) * (figures[at] as number);
  return sum * factorOf(packed);
}

function factorOf({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getFloat32(0, true);
}

function figuresOf({ buffer, byteOffset, byteLength }: Uint8Array): Int8Array {
  return new Int8Array(buffer, byteOffset + HEAD_BYTES, byteLength - HEAD_BYTES);
}
