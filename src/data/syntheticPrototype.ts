/**
 * What makes a class of the synthetic dataset: a closed outline, a texture inside it, and a leaning towards one colour,
 * all drawn from (seed, class). Only sums, products, quotients and square roots are used, which every machine rounds
 * alike, so that images are the same bytes everywhere.
 */
import { RandomStream } from '../base/random.js';

/** Harmonics 2 to `harmonics + 1` of the outline. */
const harmonics = 5;

/** The outline r(t) = base * (1 + sum_k cosine[k] cos((k+2) t) + sine[k] sin((k+2) t)), and what fills it. */
export interface Prototype {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
  /** Texture: 0 stripes, 1 checks, 2 rings, 3 spots. */
  readonly texture: number;
  /** Waves of the texture across the object. */
  readonly frequency: number;
  /** Direction of the texture as a unit vector. */
  readonly directionX: number;
  readonly directionY: number;
  /** Leaning of the object's colour, each channel in 0 .. 1. */
  readonly colour: readonly number[];
}

/** A unit vector at `turn` of a full circle (0 .. 1), by a rational parametrization of each quadrant. */
export function unitVector(turn: number): { x: number; y: number } {
  const wrapped = turn - Math.floor(turn);
  const quadrant = Math.floor(4 * wrapped);
  const t = 4 * wrapped - quadrant;
  // tan(pi/4 * t) is close enough to t for a direction: (1 - t^2, 2t) / (1 + t^2) lies exactly on the circle.
  const x = (1 - t * t) / (1 + t * t);
  const y = (2 * t) / (1 + t * t);
  if (quadrant === 0) return { x, y };
  if (quadrant === 1) return { x: -y, y: x };
  return quadrant === 2 ? { x: -x, y: -y } : { x: y, y: -x };
}

/** The prototype of one class. Classes of one seed differ in outline, texture and colour. */
export function prototypeOf(seed: number, label: number): Prototype {
  const stream = new RandomStream(seed, 'synthetic', 0, label);
  const cosine = new Float64Array(harmonics);
  const sine = new Float64Array(harmonics);
  for (let k = 0; k < harmonics; k++) {
    const amplitude = 0.42 / (1 + 0.45 * k);
    cosine[k] = amplitude * (2 * stream.uniform(2 * k) - 1);
    sine[k] = amplitude * (2 * stream.uniform(2 * k + 1) - 1);
  }
  const at = 2 * harmonics;
  const direction = unitVector(stream.uniform(at));
  return {
    cosine,
    sine,
    texture: stream.integer(at + 1, 4),
    frequency: 1.5 + 2.5 * stream.uniform(at + 2),
    directionX: direction.x,
    directionY: direction.y,
    colour: [stream.uniform(at + 3), stream.uniform(at + 4), stream.uniform(at + 5)],
  };
}

/** Triangle wave of period 1 between -1 and 1. */
export function wave(phase: number): number {
  const fraction = phase - Math.floor(phase);
  return fraction < 0.5 ? 4 * fraction - 1 : 3 - 4 * fraction;
}

/** Relative radius of the outline in the direction of the unit vector (x, y); at least a quarter. */
export function outlineAt(prototype: Prototype, x: number, y: number): number {
  const { cosine, sine } = prototype;
  let radius = 1;
  // (re, im) runs through (x + iy)^2, (x + iy)^3, ...: the cosines and sines of the multiples of the angle.
  let re = x * x - y * y;
  let im = 2 * x * y;
  for (let k = 0; k < cosine.length; k++) {
    radius += cosine[k] * re + sine[k] * im;
    const next = re * x - im * y;
    im = re * y + im * x;
    re = next;
  }
  return Math.max(radius, 0.25);
}

/** Texture at object coordinates (u, v), -1 .. 1. */
export function textureAt(prototype: Prototype, u: number, v: number): number {
  const { texture, frequency, directionX, directionY } = prototype;
  const along = 0.5 * frequency * (u * directionX + v * directionY);
  if (texture === 0) return wave(along);
  const across = 0.5 * frequency * (v * directionX - u * directionY);
  if (texture === 1) return wave(along) * wave(across) > 0 ? 0.8 : -0.8;
  if (texture === 2) return wave(0.7 * frequency * Math.sqrt(u * u + v * v));
  return wave(along) + wave(across) > 0.5 ? 1 : -0.6;
}
