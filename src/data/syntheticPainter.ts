/** Draws the images of the synthetic dataset: background, object, distractors, light and noise. */
import { RandomStream } from '../base/random.js';
import { outlineAt, type Prototype, prototypeOf, textureAt, unitVector } from './syntheticPrototype.js';

export const side = 32;
export const area = side * side;
/** xorshift32 (Marsaglia 2003), started from the example's Philox stream: cheap numbers for thousands of draws. */
class Draws {
  #state: number;

  constructor(seed: number, example: number) {
    this.#state = new RandomStream(seed, 'synthetic', 1, example).uint32(0) || 1;
  }

  uint32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  between(low: number, high: number): number {
    return low + (high - low) * (this.uint32() / 4294967296);
  }

  /** Close to normal with deviation 1: four bytes added up (Irwin and Hall). */
  normal(): number {
    const x = this.uint32();
    return ((x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24) - 510) / 147.8;
  }
}

/** Where and how an object is drawn. */
interface Placement {
  readonly x: number;
  readonly y: number;
  /** Radius in pixels. */
  readonly radius: number;
  /** Rotation as a unit vector, and 1 or -1: mirrored. */
  readonly turnX: number;
  readonly turnY: number;
  readonly mirror: number;
  /** Colours of the texture's low and high places. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Paints one image after another on one canvas of floats. */
export class Painter {
  readonly #prototypes: readonly Prototype[];
  readonly #seed: number;
  readonly #noise: number;
  readonly #clutter: number;
  /** [3, 32, 32], 0 .. 1. */
  readonly #canvas = new Float64Array(3 * area);

  constructor(seed: number, classes: number, noise: number, clutter: number) {
    this.#prototypes = Array.from({ length: classes }, (_, label) => prototypeOf(seed, label));
    this.#seed = seed;
    this.#noise = noise;
    this.#clutter = clutter;
  }

  /**
   * Paints example number `example`, an object of class `label`.
   * @param into receives planar bytes, [3, 32, 32]
   */
  paint(label: number, example: number, into: Uint8Array): void {
    const draws = new Draws(this.#seed, example);
    this.#background(draws);
    const distractors = Math.floor(this.#clutter * draws.between(0, 2) + draws.between(0, 1));
    const covering = draws.between(0, 1);
    // In one image of four some distractors lie over the object, else all behind it.
    const behind = covering < 0.25 ? Math.floor(4 * covering * distractors) : distractors;
    const object = this.#prototypes[label];
    const placed = place(draws, object, draws.between(7, 12), 5);
    for (let i = 0; i < distractors; i++) {
      if (i === behind) this.#draw(object, placed);
      const other = this.#prototypes[Math.floor(draws.between(0, this.#prototypes.length))];
      this.#draw(other, place(draws, other, draws.between(2, 5.5), 15));
    }
    if (behind === distractors) this.#draw(object, placed);
    this.#expose(draws, into);
  }

  /** A colour gradient with broad waves. */
  #background(draws: Draws): void {
    const a = draws.between(0, 1);
    const turn = unitVector(a);
    const ripple = unitVector(a + draws.between(0.1, 0.4));
    const pitch = draws.between(0.03, 0.25);
    const strength = draws.between(0, 0.2);
    for (let c = 0; c < 3; c++) {
      const from = draws.between(0, 1);
      const to = draws.between(0, 1);
      for (let i = 0; i < area; i++) {
        const x = (i % side) / side - 0.5;
        const y = Math.floor(i / side) / side - 0.5;
        const t = 0.5 + 0.7 * (x * turn.x + y * turn.y);
        const phase = side * pitch * (x * ripple.x + y * ripple.y);
        const fraction = phase - Math.floor(phase);
        this.#canvas[c * area + i] =
          from + (to - from) * t + strength * (4 * fraction * (1 - fraction) - 0.5);
      }
    }
  }

  #draw(prototype: Prototype, placed: Placement): void {
    const reach = 2.2 * placed.radius;
    const top = Math.max(0, Math.floor(placed.y - reach));
    const bottom = Math.min(side - 1, Math.ceil(placed.y + reach));
    const left = Math.max(0, Math.floor(placed.x - reach));
    const right = Math.min(side - 1, Math.ceil(placed.x + reach));
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const dx = placed.mirror * (column - placed.x);
        const dy = row - placed.y;
        const u = (dx * placed.turnX + dy * placed.turnY) / placed.radius;
        const v = (dy * placed.turnX - dx * placed.turnY) / placed.radius;
        this.#blend(prototype, placed, row * side + column, u, v);
      }
    }
  }

  /** One pixel of an object, its edge softened over one pixel. */
  #blend(prototype: Prototype, placed: Placement, at: number, u: number, v: number): void {
    const distance = Math.sqrt(u * u + v * v);
    const outline = distance < 1e-9 ? 1 : outlineAt(prototype, u / distance, v / distance);
    const coverage = Math.min(1, (outline - distance) * placed.radius + 0.5);
    if (coverage <= 0) return;
    const t = 0.5 + 0.5 * textureAt(prototype, u, v);
    for (let c = 0; c < 3; c++) {
      const colour = placed.low[c] + (placed.high[c] - placed.low[c]) * t;
      const index = c * area + at;
      this.#canvas[index] += coverage * (colour - this.#canvas[index]);
    }
  }

  /** Light, contrast and noise, then bytes. */
  #expose(draws: Draws, into: Uint8Array): void {
    const contrast = draws.between(0.55, 1);
    const light = 0.5 + draws.between(-0.15, 0.15);
    for (let i = 0; i < 3 * area; i++) {
      const value = light + contrast * (this.#canvas[i] - 0.5) + this.#noise * draws.normal();
      into[i] = value <= 0 ? 0 : value >= 1 ? 255 : Math.floor(255 * value + 0.5);
    }
  }
}

/** A random place at most `spread` pixels from the middle, turned by up to `tilt` of a circle, in a random colour. */
function place(draws: Draws, prototype: Prototype, radius: number, spread: number): Placement {
  const turn = unitVector(draws.between(-tilt, tilt));
  const lean = colourLeaning;
  const colour = prototype.colour.map((own) => lean * own + (1 - lean) * draws.between(0, 1));
  const contrast = draws.between(0.25, 0.6) * (draws.uint32() & 1024 ? 1 : -1);
  return {
    x: side / 2 - 0.5 + draws.between(-spread, spread),
    y: side / 2 - 0.5 + draws.between(-spread, spread),
    radius,
    turnX: turn.x,
    turnY: turn.y,
    mirror: draws.uint32() & 1024 ? 1 : -1,
    low: colour.map((one) => one - contrast / 2),
    high: colour.map((one) => one + contrast / 2),
  };
}

/** Largest rotation to either side, in turns. */
const tilt = 0.08;
/** How far an object's colour follows its class: 0 not at all, 1 entirely. */
const colourLeaning = 0.6;
