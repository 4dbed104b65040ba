import MarkdownIt from "markdown-it";
import { parseHttpUrl } from "../../shared/url.js";

/** GitHub's Markdown as HTML that is safe to show. */
export type MarkupRenderer = (markdown: string) => string;

/**
 * For texts that people write as documents, such as the notes of a release. HTML in them is shown and not passed through, only web addresses
 * become links, and pictures, which Matrix clients do not load from elsewhere, become links too.
 */
export function createMarkupRenderer(): MarkupRenderer {
  const renderer = new MarkdownIt();
  renderer.disable("image");
  renderer.validateLink = (url) => parseHttpUrl(url) !== undefined;
  return (markdown) => renderer.render(markdown);
}
