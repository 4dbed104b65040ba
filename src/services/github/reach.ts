import { pathSegment } from "../../shared/url.js";
import type { GitHubLink } from "./access.js";
import type { AccountClient, Page, PageWish, ReachedInstallation, ReachedRepository } from "./account-client.js";
import type { GitHubSite } from "./site.js";

/** The most that GitHub gives at once. */
const largestPage = 100;

/** Ten thousand installations; no one person reaches so many. */
const mostPages = 100;

/** Where the App is installed and the person reaches something, in GitHub's order. Suspended ones are left out: nothing can be read there. */
export async function* reachedInstallations(client: AccountClient, link: GitHubLink): AsyncGenerator<ReachedInstallation> {
  for (let page = 1; page <= mostPages; page += 1) {
    const { items, isLast } = await client.installations(link, { page, perPage: largestPage });
    yield* items.filter((installation) => !installation.suspended_at && accountName(installation) !== undefined);
    if (isLast) return;
  }
}

/** A page of several installations' repositories, one behind another. Costs a request for each that it lies in, and for each before. */
export async function reachedRepositories(
  client: AccountClient,
  link: GitHubLink,
  installations: readonly ReachedInstallation[],
  { page, perPage }: PageWish,
): Promise<readonly ReachedRepository[]> {
  const found: ReachedRepository[] = [];
  let skipped = (page - 1) * perPage;
  for (const { id } of installations) {
    const part = await readPart((wish) => client.repositories(link, id, wish), skipped, perPage - found.length);
    found.push(...part.items);
    if (found.length === perPage) break;
    skipped = Math.max(skipped - part.total, 0);
  }
  return found;
}

/** How it is called in lists and paths: an account's login, an enterprise's slug. */
export function accountName({ account }: ReachedInstallation): string | undefined {
  return account?.login ?? account?.slug ?? undefined;
}

export function isAccount(installation: ReachedInstallation, name: string): boolean {
  return accountName(installation)?.toLowerCase() === name.toLowerCase();
}

export function isOrganisation({ account }: ReachedInstallation): boolean {
  return account?.type === "Organization";
}

/** Where people choose what the App may see, if it is limited to a selection. */
export function selectionUrl(installation: ReachedInstallation, { webUrl }: GitHubSite): string | undefined {
  const { id, account, repository_selection: selection } = installation;
  if (selection !== "selected" || !account?.login) return undefined;
  const owner = isOrganisation(installation) ? `/organizations/${pathSegment(account.login)}` : "";
  return `${webUrl}${owner}/settings/installations/${id}`;
}

type ReadPage = (wish: PageWish) => Promise<Page<ReachedRepository> | undefined>;

/** So many of a list from a place in it, which seldom is where a page of that size begins: then out of one or two of the largest. */
async function readPart(read: ReadPage, from: number, count: number): Promise<Pick<Page<ReachedRepository>, "items" | "total">> {
  const perPage = from % count === 0 ? count : largestPage;
  const page = Math.floor(from / perPage) + 1;
  const first = await read({ page, perPage });
  // Taken away between two requests.
  if (first === undefined) return { items: [], total: 0 };
  const items = first.items.slice(from % perPage, (from % perPage) + count);
  if (items.length === count || first.isLast) return { items, total: first.total };
  const next = await read({ page: page + 1, perPage });
  return { items: [...items, ...(next?.items ?? []).slice(0, count - items.length)], total: first.total };
}
