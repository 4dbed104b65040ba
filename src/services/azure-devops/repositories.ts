import { RemoteError } from "../../core/errors.js";
import type { HostedRepository, RepositoryHost } from "../../core/repository-host.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";
import { pathSegment } from "../../shared/url.js";
import { createHostAsker, type HostAnswer, type HostAsker } from "../../vocabulary/host-asker.js";
import { foreignAnswer } from "../../vocabulary/remote-answers.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";
import { addressIn, known, lineIn } from "../../vocabulary/remote-members.js";
import { defaultCollection, explain, organizationUrl, profiles, sharedHost, suppressSignIn } from "./remote-check.js";

const title = "Azure DevOps";

/** What every server since Team Foundation Server 2015 understands. */
const anyVersion = "api-version=1.0";

/** Repositories of the organization or collection that somebody registered, or of all organizations of its account. They are only listed. */
export const azureDevOpsRepositories: RepositoryHost = {
  async *list(access) {
    const headers = { authorization: basicOf(access.remote), ...suppressSignIn };
    const asker = createHostAsker(access, { title, headers, answers: { explain } });
    const organization = organizationUrl(access.remote);
    yield* organization === undefined ? listEverywhere(asker) : await listAtServer(asker, organization);
  },
};

/** An organization that does not let the account in has nothing that it sees; when none does, it is the account's fault. */
async function* listEverywhere(asker: HostAsker): AsyncGenerator<HostedRepository> {
  const failures: RemoteError[] = [];
  const organizations = await organizationsOf(asker);
  for (const organization of organizations) {
    try {
      yield* await listAt(asker, organization);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure !== undefined && failures.length === organizations.length) throw failure;
}

/** An answer with 203 asks to sign in. */
function isRefusal(error: unknown): error is RemoteError {
  return error instanceof RemoteError && [203, 401, 403].includes(error.status ?? 0);
}

/** "Profiles - Get", then "Accounts - List" of whom it names. */
async function organizationsOf(asker: HostAsker): Promise<readonly string[]> {
  const { json: profile } = await asker.ask({ url: `${profiles}/_apis/profile/profiles/me?api-version=6.0` });
  const id = lineIn(profile, "id");
  if (id === undefined) throw foreignAnswer(title);
  const { json } = await asker.ask({ url: `${profiles}/_apis/accounts?memberId=${pathSegment(id)}&api-version=6.0` });
  // Its name, and not the address that stands beside it: that one could be anywhere.
  const names = ownList(json, "value").map((entry) => ownText(entry, "accountName"));
  return names
    .filter((name) => name !== undefined && /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name))
    .map((name) => `https://${sharedHost}/${name}`);
}

/** Servers have collections, and nothing beside them: where nobody named one, it is the usual one. */
async function listAtServer(asker: HostAsker, server: string): Promise<readonly HostedRepository[]> {
  const found = await asker.find({ url: repositoriesUrl(server) });
  return found === undefined ? listAt(asker, `${server}/${defaultCollection}`) : toRepositories(found);
}

async function listAt(asker: HostAsker, organization: string): Promise<readonly HostedRepository[]> {
  return toRepositories(await asker.ask({ url: repositoriesUrl(organization) }));
}

/** "Repositories - List", which has no pages. */
function repositoriesUrl(organization: string): string {
  return `${organization}/_apis/git/repositories?${anyVersion}`;
}

function toRepositories({ json }: HostAnswer): readonly HostedRepository[] {
  if (!Array.isArray(ownMember(json, "value"))) throw foreignAnswer(title);
  return ownList(json, "value").flatMap((entry) => toRepository(entry) ?? []);
}

function toRepository(answer: unknown): HostedRepository | undefined {
  // The cloud puts the organization's name into it as a user's.
  const [id, name, root] = [lineIn(answer, "id"), lineIn(answer, "name"), addressIn(answer, "remoteUrl")];
  if (id === undefined || name === undefined || root === undefined) return undefined;
  const project = lineIn(ownMember(answer, "project"), "name");
  const url = addressIn(answer, "webUrl") ?? root;
  return { id, name: project === undefined ? name : `${project}/${name}`, root, ...known({ url }) };
}
