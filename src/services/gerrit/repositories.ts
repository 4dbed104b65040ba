import type { HostAccess, HostedRepository, RepositoryHost } from "../../core/repository-host.js";
import { createHostAsker, type HostAsker } from "../../vocabulary/host-asker.js";
import { allOf, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import { readRepository } from "../../vocabulary/read-repository.js";
import { foreignAnswer } from "../../vocabulary/remote-answers.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";
import { apiUrl, explain, prefix } from "./remote-check.js";
import { toRepository } from "./repository-answers.js";
import { openRepositorySource } from "./repository-source.js";

const title = "Gerrit";

/**
 * Projects of a Gerrit that somebody registered. Changes count as pull requests. Gerrit has no list of commits: those of merged changes are
 * read, and the last one of each branch.
 */
export const gerritRepositories: RepositoryHost = {
  async *list(access) {
    const asker = askerOf(access);
    for await (const found of allOf((skipped) => readPage(asker, access, skipped))) if (found !== undefined) yield found;
  },
  async *read(repository, cursor, access) {
    const { remote, now } = access;
    const place = { asker: askerOf(access), api: apiUrl(remote), webUrl: remote.url, title };
    yield* readRepository(openRepositorySource(repository, place), cursor, now);
  },
};

function askerOf(access: HostAccess): HostAsker {
  return createHostAsker(access, { title, headers: { authorization: basicOf(access.remote) }, answers: { prefix, explain } });
}

/** "List Projects" that hold code, by name. */
async function readPage(asker: HostAsker, { remote }: HostAccess, skipped = 0): Promise<HostPage<HostedRepository | undefined>> {
  const { json } = await asker.ask({ url: `${apiUrl(remote)}/projects/?d&type=CODE&n=${pageSize}&S=${skipped}` });
  // The answer is an object by name, or a list.
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw foreignAnswer(title);
  const entries = Object.entries(json);
  const items = entries.map(([name, project]: [string, unknown]) => toRepository(name, project, remote.url));
  return { items, ...(entries.length === 0 ? {} : { next: skipped + entries.length }) };
}
