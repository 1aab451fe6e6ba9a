/** Positions in a tensor. A vector of F numbers is F channels of 1 x 1. */

export interface Maps {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface Place {
  readonly channel: number;
  readonly row: number;
  readonly col: number;
}

/** Return the shape of [C, H, W] or [F]. */
export function mapsOf(shape: readonly number[]): Maps {
  const [channels = 1, height = 1, width = 1] = shape;
  return { channels, height, width };
}

export function sizeOf(maps: Maps): number {
  return maps.channels * maps.height * maps.width;
}

export function placeOf(maps: Maps, index: number): Place {
  const area = maps.height * maps.width;
  const inside = index % area;
  return {
    channel: Math.floor(index / area),
    row: Math.floor(inside / maps.width),
    col: inside % maps.width,
  };
}

export function indexOf(maps: Maps, channel: number, row: number, col: number): number {
  return (channel * maps.height + row) * maps.width + col;
}

/** Return first, first + 1, ..., of that many numbers. */
export function range(first: number, count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i);
}
