/** Called by `npm run docs:keys`: writes the page of the study file's keys to the path given. */
import { writeFileSync } from 'node:fs';
import { keysPage } from '../keysPage.js';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node writeKeys.js FILE');
writeFileSync(path, keysPage());
