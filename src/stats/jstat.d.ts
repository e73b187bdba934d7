/** The part of jStat that `distributions.ts` uses; the package ships no types. */
declare module 'jstat' {
  interface Distribution2 {
    cdf(x: number, a: number, b: number): number;
    inv(p: number, a: number, b: number): number;
  }
  interface Distribution1 {
    cdf(x: number, a: number): number;
    inv(p: number, a: number): number;
  }
  const jstat: {
    readonly studentt: Distribution1;
    readonly chisquare: Distribution1;
    readonly normal: Distribution2;
    readonly beta: Distribution2;
    gammaln(x: number): number;
  };
  export default jstat;
}
