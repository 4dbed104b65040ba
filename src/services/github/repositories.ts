import type { HostAccess, HostedRepository, RepositoryHost } from "../../core/repository-host.js";
import { createHostAsker, type HostAsker } from "../../vocabulary/host-asker.js";
import { allOf, listOf, nextNumber, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import { readRepository } from "../../vocabulary/read-repository.js";
import { authorizationOf, registeredSite } from "./registered-site.js";
import { toRepository } from "./repository-answers.js";
import { openRepositorySource } from "./repository-source.js";

const title = "GitHub";

/** Repositories of a GitHub that somebody registered: those that its account owns, works on, or sees through an organization. */
export const gitHubRepositories: RepositoryHost = {
  async *list(access) {
    const asker = askerOf(access);
    for await (const found of allOf((page) => readPage(asker, access, page))) if (found !== undefined) yield found;
  },
  async *read(repository, cursor, access) {
    const source = await openRepositorySource(repository, { asker: askerOf(access), api: registeredSite(access.remote).apiUrl, title });
    yield* readRepository(source, cursor, access.now);
  },
};

function askerOf(access: HostAccess): HostAsker {
  const headers = { accept: "application/vnd.github+json", authorization: authorizationOf(access.remote) };
  return createHostAsker(access, { title, headers });
}

/** "List repositories for the authenticated user". The oldest first, so that a new one moves nothing. */
async function readPage(asker: HostAsker, { remote }: HostAccess, page = 1): Promise<HostPage<HostedRepository | undefined>> {
  const query = `sort=created&direction=asc&per_page=${pageSize}&page=${page}`;
  const answer = await asker.ask({ url: `${registeredSite(remote).apiUrl}/user/repos?${query}` });
  const entries = listOf(answer, title);
  return { items: entries.map(toRepository), ...nextNumber(answer, page, entries.length) };
}
