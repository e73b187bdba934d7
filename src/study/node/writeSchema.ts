/** Called by the build: writes the JSON Schema of the study file to the path given. */
import { writeFileSync } from 'node:fs';
import { studyJsonSchema } from '../schema.js';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node writeSchema.js FILE');
writeFileSync(path, `${JSON.stringify(studyJsonSchema(), null, 2)}\n`);
