/** `{learningRate}` in an argument of a command; `{{name}}` stands for the text `{name}` itself. */

const pattern = /\{\{([^{}"'\n]+)\}\}|\{([A-Za-z_][^{}"'\n]*)\}/g;

/** The names that an argument asks for, in order. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(pattern)].flatMap(([, , name]) => name ?? []);
}

/** The argument with every placeholder filled. @param fill the text of a name */
export function filled(text: string, fill: (name: string) => string): string {
  return text.replaceAll(pattern, (_, escaped: string | undefined, name: string | undefined) =>
    name === undefined ? `{${escaped}}` : fill(name),
  );
}

/** What a command may ask for beside the values of the study. */
export const ownNames = ['run', 'config', 'seed', 'seed.data', 'seed.initial'] as const;
