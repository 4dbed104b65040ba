import { parseHttpUrl } from "../../shared/url.js";

/** An issue as somebody typed it. */
export interface TypedIssue {
  /** In upper case. */
  readonly key: string;
  readonly projectKey: string;
  /** Where it was typed as an address. */
  readonly url?: URL;
}

/**
 * What a person means by `PLAY-1` or by an issue's address from the browser: `.../browse/PLAY-1`, `.../issues/PLAY-1`,
 * `...?selectedIssue=PLAY-1`. Numbers alone, which Jira takes for ids, mean nothing.
 */
export function parseIssue(typed: string): TypedIssue | undefined {
  const word = typed.trim();
  const url = parseHttpUrl(word);
  if (url === undefined) return parseKey(word);
  const issue = parseKey(url.searchParams.get("selectedIssue") ?? keyInPath(url.pathname));
  return issue && { ...issue, url };
}

function parseKey(text: string): TypedIssue | undefined {
  const [, project, number] = /^(\p{L}[\p{L}\p{N}_]{0,254})-([1-9]\d{0,17})$/u.exec(text) ?? [];
  if (project === undefined || number === undefined) return undefined;
  const projectKey = project.toUpperCase();
  return { key: `${projectKey}-${number}`, projectKey };
}

function keyInPath(path: string): string {
  const [, key = ""] = /\/(?:browse|issues)\/([^/]+)\/?$/i.exec(path) ?? [];
  try {
    return decodeURIComponent(key);
  } catch {
    // A stray percent sign: no key has one.
    return "";
  }
}
