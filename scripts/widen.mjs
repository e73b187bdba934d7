/**
 * The wide form of a kernel: each vector becomes two neighbours, 16 bytes apart in memory, so that V8 can join them to one
 * of 256 bits. For sources that say their strides by constants of the build and keep to one dialect: statements end with
 * their line; a vector is loaded by `v128.load`, made by `madd` or `f32x4`, stored by `v128.store`. What is the same for
 * both neighbours (`v128.load_splat`) stays single.
 */

const second = (name) => `${name}_`;
const isVector = (expression, vectors) =>
  /\bv128\.load\(|\bmadd\(|\bf32x4\./.test(expression) || vectors.has(expression.trim());

/** Parts of a list at its commas, but not at those within brackets. */
function split(text) {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

/** Index just behind the bracket that closes the one before `from`. */
function closing(text, from) {
  let depth = 1;
  let at = from;
  for (; depth > 0; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
  }
  return at;
}

/** The expression as the second neighbour has it. */
function shifted(expression, vectors) {
  const load = 'v128.load(';
  let out = '';
  let rest = expression;
  for (let at = rest.indexOf(load); at >= 0; at = rest.indexOf(load)) {
    const end = closing(rest, at + load.length);
    const [address, offset] = split(rest.slice(at + load.length, end - 1));
    out += `${renamed(rest.slice(0, at), vectors)}${load}${address}, ${offset === undefined ? '16' : `${offset} + 16`})`;
    rest = rest.slice(end);
  }
  return out + renamed(rest, vectors);
}

function renamed(text, vectors) {
  return text.replace(/\b[A-Za-z]\w*\b/g, (name) => (vectors.has(name) ? second(name) : name));
}

function widenLine(line, vectors) {
  const [, indent, keyword = '', body] = /^(\s*)(const |let )?(.*);$/.exec(line) ?? [];
  if (body === undefined) return line;
  if (keyword !== '') {
    const declarators = split(body).flatMap((one) => {
      const [, name, value] = /^(\w+) = (.*)$/.exec(one) ?? [];
      if (name === undefined || !isVector(value, vectors)) return [one];
      vectors.add(name);
      return [one, `${second(name)} = ${shifted(value, vectors)}`];
    });
    return `${indent}${keyword}${declarators.join(', ')};`;
  }
  const store = /^v128\.store\((.*)\)$/.exec(body);
  if (store !== null) {
    const [address, value, offset] = split(store[1]);
    const behind = offset === undefined ? '16' : `${offset} + 16`;
    // The upper half first: after a lower half V8 would keep its store of 128 bits beside the joined one.
    return `${indent}v128.store(${address}, ${shifted(value, vectors)}, ${behind});\n${line}`;
  }
  const [, name, value] = /^(\w+) = (.*)$/.exec(body) ?? [];
  if (!vectors.has(name)) return line;
  return `${line}\n${indent}${second(name)} = ${shifted(value, vectors)};`;
}

/** The source of the wide form. */
export function widen(source) {
  let vectors = new Set();
  const lines = source.split('\n').map((line) => {
    // A function's names are its own.
    if (/^(export )?function /.test(line)) vectors = new Set();
    return widenLine(line, vectors);
  });
  return lines.join('\n');
}
