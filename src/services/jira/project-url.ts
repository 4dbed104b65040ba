import { baseUrl, parseHttpUrl, pathSegment, withoutTrailingSlashes } from "../../shared/url.js";

/** A project as an address names it. */
export interface ProjectAddress {
  readonly url: URL;
  readonly key: string;
}

/**
 * True for what can be a project key. Data Center lets administrators change the pattern, so this only asks for a letter, then letters,
 * digits and underscores.
 */
export function isProjectKey(text: string): boolean {
  return /^\p{L}[\p{L}\p{N}_]{0,254}$/u.test(text);
}

/** The key of a connection's project: the last part of the address in its state, in upper case (Hookshot reference 2.8). */
export function projectOfState(stateUrl: unknown): ProjectAddress | undefined {
  const url = parseHttpUrl(stateUrl);
  const last = url === undefined ? undefined : pathParts(url).at(-1);
  return url === undefined || last === undefined ? undefined : { url, key: last.toUpperCase() };
}

/** The address of the Jira that a connection's project is at; undefined for addresses of another form than ours, which Hookshot let through. */
export function jiraOfState(stateUrl: unknown): string | undefined {
  const url = parseHttpUrl(stateUrl);
  const [, jira] = url === undefined ? [] : (/^(.+)\/projects\/[^/]+$/.exec(baseUrl(url)) ?? []);
  return jira;
}

/**
 * Whether the address in a connection's state is that of a project at the Jira, and at no other one below the Jira's own address: behind
 * that there is the key alone, or one word as in `/projects/PLAY`. A site of Jira Cloud has its host for itself, and longer addresses.
 * Schemes are not compared.
 * @param jiraUrl of a Jira
 */
export function isProjectOf(jiraUrl: string, address: URL): boolean {
  const jira = parseHttpUrl(jiraUrl);
  if (jira?.host !== address.host) return false;
  if (jira.hostname.endsWith(".atlassian.net")) return true;
  const [above, path] = [jira, address].map(pathOf);
  return (
    above !== undefined && path?.startsWith(`${above}/`) === true && /^\/(?:(?:projects|browse)\/)?[^/]+$/i.test(path.slice(above.length))
  );
}

function pathOf({ pathname }: URL): string {
  return withoutTrailingSlashes(pathname);
}

/**
 * The project that an address from the browser means: `.../projects/KEY/...`, `.../browse/KEY`, an issue's `.../browse/KEY-1`, or
 * `.../RapidBoard.jspa?projectKey=KEY`.
 */
export function parseProjectUrl(typed: string): ProjectAddress | undefined {
  const url = parseHttpUrl(typed.trim());
  if (url === undefined) return undefined;
  const key = keyInPath(pathParts(url)) ?? url.searchParams.get("projectKey") ?? undefined;
  return key !== undefined && isProjectKey(key) ? { url, key: key.toUpperCase() } : undefined;
}

/** The address that we write into state: the instance's, then `/projects/KEY`. */
export function projectUrl(instanceUrl: string, key: string): string {
  return `${instanceUrl}/projects/${pathSegment(key)}`;
}

function keyInPath(parts: readonly string[]): string | undefined {
  const projects = parts.findLastIndex((part) => part.toLowerCase() === "projects");
  if (projects >= 0) return parts[projects + 1];
  const browse = parts.findLastIndex((part) => part.toLowerCase() === "browse");
  return browse >= 0 ? parts[browse + 1]?.replace(/-\d+$/, "") : undefined;
}

function pathParts(url: URL): readonly string[] {
  return new URL(baseUrl(url)).pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodePart);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign is part of the name.
    return part;
  }
}
