import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { HostAccess, HostedRepository, RepositoryHost } from "../../core/repository-host.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";
import { createHostAsker, type HostAsker } from "../../vocabulary/host-asker.js";
import { foreignAnswer, type AnswerRules } from "../../vocabulary/remote-answers.js";
import { describeRefusal, isThrottled } from "./refusals.js";
import { isAws, listRepositories, regionOf } from "./remote-check.js";

const title = "AWS CodeCommit";

/** AWS gives 1,000 repositories at once, and lets nobody have more than 5,000 in a region ("Quotas"). */
const maxPages = 100;

/** Repositories of an account at AWS in one region. They are only listed. */
export const awsCodeCommitRepositories: RepositoryHost = {
  async *list(access) {
    const answers: AnswerRules = { explain: (response) => describeRefusal(response, access.now()) };
    const asker = createHostAsker(access, { title, answers, isLimited: isThrottled });
    let token: string | undefined;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await readPage(asker, access, token);
      yield* page.repositories;
      if (page.nextToken === undefined) return;
      token = page.nextToken;
    }
    throw new RemoteError(`its list does not end after ${maxPages} pages`, { isFinal: true });
  },
};

interface Page {
  readonly repositories: readonly HostedRepository[];
  readonly nextToken?: string;
}

/** `ListRepositories`. Where it goes on, a token says; it goes back into the body as it came. */
async function readPage(asker: HostAsker, { remote, now }: HostAccess, token: string | undefined): Promise<Page> {
  const body = JSON.stringify(token === undefined ? {} : { nextToken: token });
  const { json } = await asker.ask(listRepositories(remote, body, now()));
  if (!Array.isArray(ownMember(json, "repositories"))) throw foreignAnswer(title);
  const repositories = ownList(json, "repositories").flatMap((entry) => toRepository(entry, remote) ?? []);
  const nextToken = ownText(json, "nextToken");
  return { repositories, ...(nextToken === undefined || nextToken === "" ? {} : { nextToken }) };
}

function toRepository(answer: unknown, remote: RegisteredRemote): HostedRepository | undefined {
  const [id, name] = [ownText(answer, "repositoryId"), ownText(answer, "repositoryName")];
  // What CodeCommit lets people call one ("CreateRepository").
  if (id === undefined || name === undefined || !/^[\w-]{1,64}$/.test(id) || !/^[\w.-]{1,100}$/.test(name)) return undefined;
  const region = regionOf(remote);
  const domain = new URL(remote.url).hostname.endsWith(".cn") ? "amazonaws.com.cn" : "amazonaws.com";
  return { id, name, root: `https://git-codecommit.${region}.${domain}/v1/repos/${name}`, ...consoleUrl(remote, region, name) };
}

/** China has a console of its own. */
function consoleUrl({ url }: RegisteredRemote, region: string, name: string): { readonly url?: string } {
  const { hostname } = new URL(url);
  if (!isAws(hostname) || hostname.endsWith(".cn")) return {};
  return { url: `https://${region}.console.aws.amazon.com/codesuite/codecommit/repositories/${name}/browse?region=${region}` };
}
