import { cloneValue, formatPath, isPlainObject, type Path, type PlainObject } from './path.js';
import type { Layer } from './layer.js';

export interface Merged {
  values: PlainObject;
  /** Who gave the value there, or what stands nearest above it; undefined where nobody said anything. */
  sourceOf(path: Path): string | undefined;
  layerOf(path: Path): Layer | undefined;
}

/** Objects merge deeply, everything else replaces; null takes away what earlier layers said. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const values: PlainObject = {};
  const origins = new Map<string, Layer>();
  for (const layer of layers) lay(values, layer.values, [], (path) => origins.set(formatPath(path), layer));
  const layerOf = (path: Path): Layer | undefined => {
    for (let length = path.length; length > 0; length -= 1) {
      const layer = origins.get(formatPath(path.slice(0, length)));
      if (layer) return layer;
    }
    return undefined;
  };
  return { values, layerOf, sourceOf: (path) => layerOf(path)?.sourceOf(path) };
}

function lay(target: PlainObject, source: PlainObject, path: Path, mark: (path: Path) => void): void {
  for (const [name, value] of Object.entries(source)) {
    const here = [...path, name];
    mark(here);
    if (value === null) {
      delete target[name];
    } else if (isPlainObject(value)) {
      const present = Object.hasOwn(target, name) ? target[name] : undefined;
      const below = isPlainObject(present) ? present : {};
      target[name] = below;
      lay(below, value, here, mark);
    } else {
      target[name] = cloneValue(value);
    }
  }
}
