/** The direction of a vector, as one of length 1; undefined for what has none: zeros only, or a figure that is no number. */
export function unitVector(figures: ArrayLike<number>): Float32Array | undefined {
  let squares = 0;
  for (let at = 0; at < figures.length; at++) squares += (figures[at] ?? 0) ** 2;
  const length = Math.sqrt(squares);
  if (!(length > 0 && Number.isFinite(length))) return undefined;
  return Float32Array.from(figures, (figure) => figure / length);
}

/** Of two vectors of length 1 and of as many figures: -1…1. */
export function cosine(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
