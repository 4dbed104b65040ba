import { RemoteError } from "../../core/errors.js";
import type { HostedRepository, ReadCommit } from "../../core/repository-host.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { pathSegment } from "../../shared/url.js";
import type { HostAsker } from "../../vocabulary/host-asker.js";
import { firstOf, listOf, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import type { HostBranch, HostPullRequest, RepositorySource } from "../../vocabulary/repository-source.js";
import { isProjectName, toBranch, toChange, toCommit, toDefaultName, toTag } from "./repository-answers.js";

interface Place {
  readonly asker: HostAsker;
  /** Address of the API. */
  readonly api: string;
  /** Where people open it. */
  readonly webUrl: string;
  readonly title: string;
}

interface Project extends Place {
  readonly name: string;
  readonly url: string;
}

/** A project as Gerrit's REST API shows it. Positions are numbers of entries that came before. @throws RemoteError */
export function openRepositorySource({ id: name }: HostedRepository, place: Place): RepositorySource {
  if (!isProjectName(name)) throw notThere();
  const project = { ...place, name, url: `${place.api}/projects/${pathSegment(name)}` };
  return {
    branches: () => readBranches(project),
    tags: () => firstOf((skipped) => readRefs(project, "tags", skipped, (entry) => toTag(entry) ?? [])),
    // The rest comes with changes.
    async commits({ head }) {
      const commit = await readCommit(project, head);
      return commit === undefined ? undefined : { items: [commit] };
    },
    commit: (hash) => readCommit(project, hash),
    pullRequests: (_since, skipped) => readChanges(project, skipped),
    totals: async () => ({}),
  };
}

function notThere(): RemoteError {
  return new RemoteError("there is no such project any more, or the account may not see it (404)", { status: 404 });
}

/** "List Branches", `HEAD` among them. */
async function readBranches(project: Project): Promise<readonly HostBranch[]> {
  let main: string | undefined;
  const branches = await firstOf((skipped) =>
    readRefs(project, "branches", skipped, (entry) => {
      main ??= toDefaultName(entry);
      return toBranch(entry) ?? [];
    }),
  );
  return [...branches.filter(({ name }) => name === main), ...branches.filter(({ name }) => name !== main)];
}

async function readRefs<T>(
  { asker, url, title }: Project,
  list: "branches" | "tags",
  skipped = 0,
  read: (entry: unknown) => T | readonly T[],
): Promise<HostPage<T>> {
  const answer = await asker.find({ url: `${url}/${list}/?n=${pageSize}&S=${skipped}` });
  if (answer === undefined) throw notThere();
  const entries = listOf(answer, title);
  return { items: entries.flatMap(read), ...(entries.length < pageSize ? {} : { next: skipped + entries.length }) };
}

/** "Get Commit". */
async function readCommit({ asker, url }: Project, hash: string): Promise<ReadCommit | undefined> {
  return toCommit((await asker.find({ url: `${url}/commits/${hash}` }))?.json);
}

const details = ["CURRENT_REVISION", "CURRENT_COMMIT", "DETAILED_ACCOUNTS", "DETAILED_LABELS"].map((detail) => `&o=${detail}`).join("");

/** "Query Changes", the one that was updated last first. An account may get fewer at once than were asked for; the last one says so. */
async function readChanges({ asker, api, name, webUrl, title }: Project, skipped = 0): Promise<HostPage<HostPullRequest>> {
  const query = encodeURIComponent(`project:"${name.replace(/["\\]/g, "\\$&")}"`);
  const answer = await asker.ask({ url: `${api}/changes/?q=${query}${details}&n=${pageSize}&S=${skipped}` });
  const entries = listOf(answer, title);
  const hasMore = ownMember(entries.at(-1), "_more_changes") === true;
  // What the query finds beside it is another project's.
  const own = entries.filter((entry) => ownText(entry, "project") === name);
  return { items: own.flatMap((entry) => toChange(entry, webUrl) ?? []), ...(hasMore ? { next: skipped + entries.length } : {}) };
}
