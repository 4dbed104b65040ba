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
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** Outside text as one path segment; the characters that would end a Markdown link are encoded too. */
export function pathSegment(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
