import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { HostAccess, HostedRepository, RepositoryHost } from "../../core/repository-host.js";
import { ownText } from "../../shared/own-member.js";
import { createHostAsker, type HostAsker } from "../../vocabulary/host-asker.js";
import { allOf, listOf, nextNumber, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import { countIn } from "../../vocabulary/remote-members.js";
import { readRepository } from "../../vocabulary/read-repository.js";
import { apiUrl, explainScopes, isLegacy, sessionOf, tokenHeader } from "./remote-check.js";
import { toRepository } from "./repository-answers.js";
import { openRepositorySource } from "./repository-source.js";

const title = "GitLab";

/** Of which projects, and in which order. */
const members = "membership=true&simple=true&order_by=id&sort=asc";

/** Projects of a GitLab that somebody registered, of which its account is a member. Version 3 of the API is asked the same, but for its lists. */
export const gitLabRepositories: RepositoryHost = {
  async *list(access) {
    const read = createPageReader(await askerOf(access), access.remote);
    for await (const found of allOf(read)) if (found !== undefined) yield found;
  },
  async *read(repository, cursor, access) {
    const { remote, now } = access;
    const place = { asker: await askerOf(access), api: apiUrl(remote), title, isLegacy: isLegacy(remote) };
    yield* readRepository(await openRepositorySource(repository, place), cursor, now);
  },
};

type PageReader = (position: number | undefined) => Promise<HostPage<HostedRepository | undefined>>;

/** Pages from the last one's id on, where the server knows that: pages by number move when a project goes, and are refused from 50,000 on. */
function createPageReader(asker: HostAsker, remote: RegisteredRemote): PageReader {
  let isNumbered = isLegacy(remote);
  const url = `${apiUrl(remote)}/projects`;
  return async (position) => {
    const page = isNumbered ? undefined : await readAfter(asker, url, position);
    if (page !== undefined) return page;
    // That it does not, shows in what was to be the second page.
    const number = isNumbered ? position : 2;
    isNumbered = true;
    return readNumbered(asker, url, number);
  };
}

/** "List all projects". Undefined from a server that passes over `id_after`, as those before 12.7 do. */
async function readAfter(asker: HostAsker, url: string, after = 0): Promise<HostPage<HostedRepository | undefined> | undefined> {
  const query = `${members}&pagination=keyset&per_page=${pageSize}&id_after=${after}`;
  const entries = listOf(await asker.ask({ url: `${url}?${query}` }), title);
  const ids = entries.map((entry) => countIn(entry, "id") ?? Infinity);
  if (ids.some((id) => id <= after)) return undefined;
  const last = Math.max(after, ...ids.filter(Number.isFinite));
  return { items: entries.map(toRepository), ...(last > after ? { next: last } : {}) };
}

/** The same by number. Version 3 lists what its account is a member of, and passes over what it does not know. */
async function readNumbered(asker: HostAsker, url: string, page = 1): Promise<HostPage<HostedRepository | undefined>> {
  const answer = await asker.ask({ url: `${url}?${members}&per_page=${pageSize}&page=${page}` });
  const entries = listOf(answer, title);
  return { items: entries.map(toRepository), ...nextNumber(answer, page, entries.length) };
}

async function askerOf(access: HostAccess): Promise<HostAsker> {
  const token = await tokenOf(access);
  return createHostAsker(access, {
    title,
    headers: tokenHeader(token),
    answers: { explain: (response) => explainScopes(response, "read_api or api") },
  });
}

/** Version 3 gives one for a password. @throws RemoteError */
async function tokenOf(access: HostAccess): Promise<string> {
  const { remote } = access;
  const { account } = remote;
  if (account.kind === "token") return account.token.reveal();
  if (account.kind === "none" || !isLegacy(remote)) {
    throw new RemoteError("GitLab is asked with a personal access token, and there is none", { isFinal: true });
  }
  const { json } = await createHostAsker(access, { title }).ask(sessionOf(remote, account));
  const token = ownText(json, "private_token");
  if (token === undefined) throw new RemoteError("the server opens no session for the account");
  return token;
}
