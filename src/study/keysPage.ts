/** docs/keys.md: the reference of the keys as a page, made by `npm run docs:keys`. */
import { type KeyEntry, keyReference } from './keyReference.js';

const head = `# The keys of a study file

Made from the schema by \`npm run docs:keys\`; \`ceteris help keys\` prints the same, \`ceteris help keys WORD\` those of a word
(\`lr\`, \`adamw\`, \`warmup\`, \`training.optimizer\`). A key that is left out has its default; one without a default is left out or, where it is
marked so, must be there. What a key is called in \`factors\`, \`trials\` and \`interactions\` stands in the last column; a dash: it does not vary.
`;

/** The page, a table for each part of the file. */
export function keysPage(): string {
  const parts = new Map<string, KeyEntry[]>();
  const all = keyReference();
  for (const entry of all) {
    const [part] = entry.path.split('.');
    const holder = all.some(({ path }) => path.startsWith(`${part}.`)) ? part : 'the study';
    parts.set(holder, [...(parts.get(holder) ?? []), entry]);
  }
  const tables = [...parts].map(([part, entries]) => `\n## ${part}\n\n${table(entries)}`);
  return `${head}${tables.join('')}`;
}

function table(entries: readonly KeyEntry[]): string {
  const rows = entries.map((entry) => {
    const { path, values, isRequired, factor } = entry;
    const written = entry.default === null ? (isRequired ? 'must be there' : '') : code(entry.default);
    return `| ${[code(path), code(values), written, meaning(entry), factor === null ? '-' : code(factor)].join(' | ')} |`;
  });
  return `| key | values | default | meaning | as a factor |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

function meaning({ description, of }: KeyEntry): string {
  const told = of.every((name) => description.includes(name));
  return told ? description.replaceAll('|', '\\|') : `${of.join(', ')}: ${description}`;
}
