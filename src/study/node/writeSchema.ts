/** Called by the build: writes the JSON Schema of the study file. */
import { writeFileSync } from 'node:fs';
import { studyJsonSchema } from '../schema.js';

writeFileSync(process.argv[2], `${JSON.stringify(studyJsonSchema(), null, 2)}\n`);
