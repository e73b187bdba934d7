/** `{learningRate}` in an argument of a command; `{{name}}` stands for the text `{name}` itself. */

const pattern = /\{\{([^{}"'\n]+)\}\}|\{([A-Za-z_][^{}"'\n]*)\}/g;

/** The names that an argument asks for, in order. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(pattern)].flatMap(([, , name]) => name ?? []);
}

/**
 * Texts that look like placeholders of these names and are none: `{ lr }`, `{lr` without its end, `lr}`, and `${lr}`, whose
 * $ a shell would take away.
 */
export function almostPlaceholders(text: string, names: readonly string[]): { text: string; name: string }[] {
  const rest = text
    .replaceAll(/\{\{[^{}]*\}\}/g, ' ')
    .replaceAll(/(\$?)\{([A-Za-z_][^{}"'\n]*)\}/g, (whole, dollar, name) =>
      dollar === '' && name === name.trim() ? ' ' : whole,
    );
  return names.flatMap((name) => {
    const found = almost(name).exec(rest);
    return found === null ? [] : [{ text: found[0], name }];
  });
}

function almost(name: string): RegExp {
  const word = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const open = String.raw`\$?\{\s*${word}(?![\w.-])\s*\}?`;
  return new RegExp(String.raw`${open}|(?<![\w.-])${word}\}`);
}

/** The argument with every placeholder filled. @param fill the text of a name */
export function filled(text: string, fill: (name: string) => string): string {
  return text.replaceAll(pattern, (_, escaped: string | undefined, name: string | undefined) =>
    name === undefined ? `{${escaped}}` : fill(name),
  );
}

/** What a command may ask for beside the values of the study. */
export const ownNames = ['run', 'config', 'seed', 'seed.data', 'seed.initial'] as const;
