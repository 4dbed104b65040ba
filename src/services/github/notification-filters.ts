/** One saved filter: what it lets through (Hookshot reference 2.15). Names in lower case. */
export interface NotificationFilter {
  readonly users: readonly string[];
  /** As `octo/hello`. */
  readonly repos: readonly string[];
  readonly orgs: readonly string[];
}

/** What a filter looks at. */
export interface Filtered {
  readonly user?: string;
  /** As `octo/hello`. */
  readonly repo: string;
}

/** With at least one filter in use only what one of them names passes. */
export function passes(filters: readonly NotificationFilter[], { user, repo }: Filtered): boolean {
  if (filters.length === 0) return true;
  const name = repo.toLowerCase();
  const [org = ""] = name.split("/");
  const who = user?.toLowerCase();
  return filters.some(({ users, repos, orgs }) => repos.includes(name) || orgs.includes(org) || (who !== undefined && users.includes(who)));
}

const kinds = ["orgs", "users", "repos"] as const;

/** Reads `orgs:a,b users:c repos:d`; undefined for anything else, and for what names nothing. */
export function parseFilter(words: readonly string[]): NotificationFilter | undefined {
  const found: Record<(typeof kinds)[number], readonly string[]> = { orgs: [], users: [], repos: [] };
  for (const word of words) {
    const [, typed = "", list = ""] = /^([a-z]+):(.+)$/i.exec(word) ?? [];
    const kind = kinds.find((known) => known === typed.toLowerCase());
    const names = list.split(",").map((name) => name.trim().toLowerCase());
    if (kind === undefined || names.some((name) => !isName(kind, name))) return undefined;
    found[kind] = [...found[kind], ...names];
  }
  return kinds.some((kind) => found[kind].length > 0) ? found : undefined;
}

function isName(kind: (typeof kinds)[number], name: string): boolean {
  return (kind === "repos" ? /^[\w-]+\/[\w.-]+$/ : /^[\w[\]-]+$/).test(name) && name.length <= 200;
}

/** As it was typed. */
export function describeFilter(filter: NotificationFilter): string {
  return kinds.flatMap((kind) => (filter[kind].length === 0 ? [] : [`${kind}:${filter[kind].join(",")}`])).join(" ");
}
