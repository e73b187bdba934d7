/** What the declarations of the library's doors name, as a user's compiler reads them. Reads the built dist/. */
import { join } from 'node:path';
import ts from 'typescript';

const dist = join(import.meta.dirname, '../../dist').replaceAll('\\', '/');

/**
 * Types that an exported declaration uses, and the door does not export: `NAME, by WHOSE`.
 * @param name `index` or `engine`
 */
export function missingTypes(name: string): string[] {
  const path = `${dist}/${name}.d.ts`;
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [], noLib: true };
  const program = ts.createProgram([path], options);
  const checker = program.getTypeChecker();
  const door = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  const aimed = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Set(checker.getExportsOfModule(door).map(aimed));
  const isOurs = ({ declarations = [] }: ts.Symbol) =>
    declarations.some((one) => one.getSourceFile().fileName.startsWith(dist));
  const missing = new Set<string>();
  const look = (node: ts.Node, by: string): void => {
    const named = nameOfType(node);
    const symbol = named === null ? undefined : checker.getSymbolAtLocation(named);
    const used = symbol === undefined ? null : aimed(symbol);
    if (used !== null && isOurs(used) && !exported.has(used) && !(used.flags & ts.SymbolFlags.TypeParameter))
      missing.add(`${used.name}, by ${by}`);
    ts.forEachChild(node, (child) => look(child, by));
  };
  for (const { name: by, declarations = [] } of exported) for (const one of declarations) look(one, by);
  return [...missing];
}

/** What a type is named by. Not `typeof TABLE`: what it gives is a type without a name. */
function nameOfType(node: ts.Node): ts.Node | null {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  return ts.isExpressionWithTypeArguments(node) ? node.expression : null;
}
