/** The kernels' side of src/backends/wasm/abi.ts: classes of the argument blocks, codes, constants, and the dispatch. */

const upper = (name) => name.replace(/[A-Z]/g, '_$&').toUpperCase();
const className = (kernel) => `${kernel[0].toUpperCase()}${kernel.slice(1)}Args`;

function classOf(name, fields) {
  const lines = Object.entries(fields).map(([field, type]) => `  ${field}: ${type};`);
  return `@unmanaged export class ${name} {\n${lines.join('\n')}\n}\n`;
}

/** assembly/abi.ts, which is made and never lies on disk. */
export function abiSource({ blocks, kernels, codes, constants }) {
  return [
    ...Object.entries(blocks).map(([name, fields]) => classOf(name, fields)),
    ...Object.entries(kernels).map(([name, { args }]) => classOf(className(name), args)),
    ...Object.entries(codes).flatMap(([kind, names]) =>
      names.map((name, code) => `export const ${upper(kind)}_${upper(name)}: i32 = ${code};`),
    ),
    ...Object.entries(constants).map(([name, value]) => `export const ${name}: i32 = ${value};`),
    '',
  ].join('\n');
}

/** assembly/dispatch.ts: runs units of a call. */
export function dispatchSource({ kernels }) {
  const files = [...new Set(Object.values(kernels).map(({ file }) => file))];
  const imports = files.map((file) => `import * as ${file} from './${file}';`);
  const cases = Object.entries(kernels).map(
    ([name, { file }], number) => `    case ${number}: ${file}.${name}(args, from, to, thread); break;`,
  );
  return `import { Call } from './abi';
${imports.join('\n')}

export function dispatch(call: Call, from: i32, to: i32, thread: i32): void {
  const args = call.args;
  switch (call.kernel) {
${cases.join('\n')}
    default: unreachable();
  }
}
`;
}
