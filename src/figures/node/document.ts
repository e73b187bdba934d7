/** A DOM for Observable Plot in Node. */

/** A fresh document of jsdom, which takes half a second to load and is loaded only here. */
export async function makeDocument(): Promise<Document> {
  const { JSDOM } = await import('jsdom');
  return new JSDOM('').window.document;
}
