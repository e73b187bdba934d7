/**
 * The error function, to about one unit in the last place of float64, after the rational approximations of W. J. Cody,
 * "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969).
 */

const small = {
  p: [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655],
  lead: 0.18577770618460315,
  q: [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122],
};

const middle = {
  p: [
    1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001,
    66.11919063714163, 8.883149794388377, 0.5641884969886701,
  ],
  lead: 2.1531153547440383e-8,
  q: [
    1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
    537.1811018620099, 117.6939508913125, 15.744926110709835,
  ],
};

const large = {
  p: [
    0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445,
    0.30532663496123236,
  ],
  lead: 0.016315387137302097,
  q: [0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604, 2.568520192289822],
};

/** erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return x * ratio(small, size * size);
  const tail = size > 6 ? 0 : complement(size);
  return Math.sign(x) * (1 - tail);
}

/** 1 - erf(x) for x above 0.46875. */
function complement(x: number): number {
  if (x <= 4) return Math.exp(-x * x) * ratio(middle, x);
  const inverse = 1 / (x * x);
  return (Math.exp(-x * x) / x) * (1 / Math.sqrt(Math.PI) - inverse * ratio(large, inverse));
}

/** (lead x^n + p[n-1] x^(n-1) + ... + p[0]) / (x^n + q[n-1] x^(n-1) + ... + q[0]). */
function ratio(
  terms: { readonly p: readonly number[]; readonly lead: number; readonly q: readonly number[] },
  x: number,
): number {
  let top = terms.lead;
  let bottom = 1;
  for (let i = terms.p.length - 1; i >= 0; i--) {
    top = top * x + terms.p[i];
    bottom = bottom * x + terms.q[i];
  }
  return top / bottom;
}
