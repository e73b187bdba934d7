/** Serves this package to a browser, on loopback: its modules as they are built, and the tests' own ones. No bundler. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface ModuleServer {
  /** http://127.0.0.1:PORT */
  readonly address: string;
  close(): Promise<void>;
}

/** The one package that the engine's networks and optimizers need: their schemas. */
const importMap = '<script type="importmap">{ "imports": { "zod": "/packages/zod/index.js" } }</script>';

/** `/src/X.js` is dist/X.js, `/test/X.js` is test/X.ts without its types, `/packages/` is node_modules/, `/` is an empty page. */
export async function serveModules(): Promise<ModuleServer> {
  const server = createServer((request, response) => {
    try {
      const { type, text } = contents(new URL(request.url ?? '/', 'http://localhost').pathname);
      response.writeHead(200, { 'content-type': type }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, close: () => close(server) };
}

function contents(path: string): { type: string; text: string } {
  if (path === '/') return { type: 'text/html', text: `<!doctype html><title>Ceteris</title>${importMap}` };
  const [, folder, ...rest] = normalize(path).split('/');
  const file = rest.join('/');
  const type = 'text/javascript';
  if (folder === 'src') return { type, text: readFileSync(join(root, 'dist', file), 'utf8') };
  if (folder === 'packages') return { type, text: readFileSync(join(root, 'node_modules', file), 'utf8') };
  if (folder !== 'test') throw new Error(`no such folder: ${folder}`);
  const source = readFileSync(join(root, 'test', file.replace(/\.js$/, '.ts')), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  return { type, text: outputText };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
