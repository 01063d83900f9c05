/** A message's fields by number, in the order in which they came: numbers, or bytes that are texts or messages. */
export type Fields = Map<number, (bigint | Buffer)[]>;

/** Reads one message of the wire format (https://protobuf.dev/programming-guides/encoding/), whatever it means. */
export function readMessage(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const value = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)][
      tag & 7
    ]?.();
    if (value === undefined) throw new Error(`a field of an unknown type: ${tag}`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}
