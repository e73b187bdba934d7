/**
 * Loops of several steps a turn: `do { BODY } while (CONDITION); // 2 steps a turn` repeats the body, with an exit after each
 * step. The exits also keep the compilers from mixing the steps, which would take more registers than there are.
 */

/** @param {string} source */
export function unroll(source) {
  return source.replace(
    /^( *)do \{\n((?:(?!^\1\})[^\n]*\n)*?)^\1\} while \(([^\n]*?)\); \/\/ (\d+) steps a turn$/gm,
    (_, indent, body, condition, steps) => {
      const copies = Array.from({ length: Number(steps) }, () => `${indent}{\n${body}${indent}}\n`);
      return `${indent}do {\n${copies.join(`${indent}if (!(${condition})) break;\n`)}${indent}} while (${condition});`;
    },
  );
}
