/** Values by their dotted paths in plain data. */

export type PlainObject = Record<string, unknown>;

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, or `undefined`. */
export function getPath(root: unknown, path: readonly string[]): unknown {
  let at = root;
  for (const name of path) {
    if (Array.isArray(at)) at = at[Number(name)];
    else if (isPlainObject(at) && Object.hasOwn(at, name)) at = at[name];
    else return undefined;
  }
  return at;
}

/** Takes the value at a path away, where there is one. */
export function removePath(root: PlainObject, path: readonly string[]): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  const inner = root[name];
  if (rest.length === 0) delete root[name];
  else if (isPlainObject(inner)) removePath(inner, rest);
}

/** Sets the value at a path, making maps on the way. Returns false where something on the way is no map or list. */
export function setPath(root: PlainObject, path: readonly string[], value: unknown): boolean {
  let at: unknown = root;
  for (const [i, name] of path.entries()) {
    const last = i === path.length - 1;
    if (Array.isArray(at)) {
      const index = Number(name);
      if (!Number.isInteger(index) || index < 0 || index >= at.length) return false;
      if (last) at[index] = value;
      at = at[index];
    } else if (isPlainObject(at)) {
      if (last) define(at, name, value);
      else if (!Object.hasOwn(at, name) || at[name] === null) define(at, name, {});
      at = at[name];
    } else return false;
  }
  return true;
}

/** Also `__proto__` becomes a plain key, that the schema then refuses. */
function define(object: PlainObject, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** JSON with sorted keys and without undefined values: equal data give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value === undefined ? null : value);
}
