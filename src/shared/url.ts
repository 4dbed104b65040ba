import { wellFormed } from "./well-formed.js";

/** Parses a web address; undefined for anything else, `javascript:` and the like included. */
export function parseHttpUrl(text: unknown): URL | undefined {
  if (typeof text !== "string" || !/^\s*https?:/i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** A base for further paths: no query, no fragment, no credentials, no trailing slash. */
export function baseUrl(url: URL): string {
  return withoutTrailingSlashes(`${url.origin}${url.pathname}`);
}

/** Not by a pattern that is anchored at the end: on a long run of slashes within the text, which people can type, it takes seconds. */
export function withoutTrailingSlashes(address: string): string {
  let end = address.length;
  while (address.charAt(end - 1) === "/") end -= 1;
  return address.slice(0, end);
}

/** Outside text as one path segment; the characters that would end a Markdown link are encoded too. */
export function pathSegment(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
