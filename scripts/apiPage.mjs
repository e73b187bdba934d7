/**
 * `npm run docs:api`: writes docs/api/, a page for each door of the library, from the docstrings. Each door is checked by
 * itself first: every type that its functions take or give is exported from the same door, and every link leads somewhere.
 * With `--check` nothing is written.
 */
import { Application, Logger, LogLevel, TSConfigReader, TypeDocReader } from 'typedoc';

const readers = [new TypeDocReader(), new TSConfigReader()];
const doors = ['src/index.ts', 'src/engine.ts'];

/** Tables out of which a union of names is made: TypeDoc shows `typeof` them, and the union's docstring tells the names. */
const tables = /^The following symbols were marked as intentionally not exported/;

/** Keeps what is said instead of printing it. */
class Kept extends Logger {
  said = [];
  addContext(message) {
    return message;
  }
  log(message, level) {
    if (level >= LogLevel.Warn && !tables.test(message)) this.said.push(message);
  }
}

async function complaints(door) {
  const app = await Application.bootstrap({ entryPoints: [door], skipErrorChecking: true }, readers);
  const kept = new Kept();
  app.logger = kept;
  const project = await app.convert();
  if (project === undefined) throw new Error(`${door} cannot be read: ${kept.said.join('; ')}`);
  app.validate(project);
  return kept.said.map((one) => `${door}: ${one}`);
}

let found = [];
for (const door of doors) found = [...found, ...(await complaints(door))];
if (found.length > 0) {
  process.stderr.write(`${found.join('\n')}\n`);
  process.exit(1);
}
if (!process.argv.includes('--check')) {
  const app = await Application.bootstrap({ entryPoints: doors }, readers);
  const project = await app.convert();
  if (project === undefined) process.exit(1);
  await app.generateOutputs(project);
}
