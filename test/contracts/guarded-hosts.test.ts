import { afterEach, describe, expect, it } from "vitest";
import { createRemoteServices, services } from "../../src/app/services.js";
import type { RegisteredRemote, RemoteAccount } from "../../src/core/registered-remote.js";
import type { HostAccess, RepositoryHost } from "../../src/core/repository-host.js";
import { createGuardedClient, type GuardedClient } from "../../src/outbound/guarded-client.js";
import { createCheckRemote } from "../../src/remotes/check-remote.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { Secret } from "../../src/shared/secret.js";
import { createRemoteClient } from "../../src/vocabulary/remote-ways.js";
import { awsCodeCommitApi } from "../support/aws-codecommit-api.js";
import { azureDevOpsApi } from "../support/azure-devops-api.js";
import { gerritApi } from "../support/gerrit-api.js";
import { gitHubRepositoriesApi } from "../support/github-repositories-api.js";
import { gitLabApi } from "../support/gitlab-api.js";
import { HostedRepositoryModel } from "../support/hosted-repository.js";
import { LoopbackServers } from "../support/loopback-server.js";
import { RemoteStandIn, type StandInAnswer, type StandInApi } from "../support/remote-stand-in.js";
import { fewPrivateHosts, nameServer, privateNames, setTrap, watchConnections, type Trap } from "../support/target-trap.js";

// What asks registered remotes, whenever it does: their checks, and whoever reads repositories. Addresses may have come into the registry
// before they were refused, names may lead elsewhere since, and whatever a remote answers with is no address to go to.

const servers = new LoopbackServers();
const clients: GuardedClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await servers.closeAll();
});

const all = [...services, ...createRemoteServices({ trackedFolders: [], clock: systemClock })];
const planted = new Secret("planted-secret");
const accounts: readonly RemoteAccount[] = [
  { kind: "password", username: "ada", password: planted },
  { kind: "token", token: planted },
];

function createClient(allow: readonly string[] = []): GuardedClient {
  const client = createGuardedClient({ userAgent: "test", allow, lookup: nameServer(privateNames) });
  clients.push(client);
  return client;
}

function remoteAt(url: string, serviceId: string, account: RemoteAccount): RegisteredRemote {
  const settings = { region: "us-east-1", collection: "DefaultCollection" };
  return { serviceId, url, account, settings, checksCertificate: false, usesProxy: true };
}

function accessTo(remote: RegisteredRemote, client: GuardedClient): HostAccess {
  return { remote, http: createRemoteClient(client, remote), signal: new AbortController().signal, now: () => Date.now() };
}

/** All that there is of every repository. @returns how many repositories and commits */
async function readAll(host: RepositoryHost, access: HostAccess): Promise<{ readonly repositories: number; readonly commits: number }> {
  let repositories = 0;
  const commits = new Set<string>();
  for await (const repository of host.list(access)) {
    repositories += 1;
    for await (const slice of host.read?.(repository, undefined, access) ?? []) for (const { id } of slice.commits ?? []) commits.add(id);
  }
  return { repositories, commits: commits.size };
}

function serveRedirect(location: string, status: number): Promise<string> {
  return servers.serve((_request, response) => response.writeHead(status, { location, connection: "close" }).end());
}

// A folder on our own disk has no address.
const asking = all.filter(({ id, remote }) => remote !== undefined && id !== "git-folder");

describe.each(asking)("the check of a registered remote by $id", ({ id }) => {
  const check = (client: GuardedClient): ReturnType<typeof createCheckRemote> =>
    createCheckRemote({ services: all, http: client, clock: systemClock, log: silentLog() });

  it("connects to nothing private, however it came into the registry", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const checkRemote = check(createClient());

    for (const host of [...fewPrivateHosts, ...Object.keys(privateNames)]) {
      for (const account of accounts) {
        expect(await checkRemote(remoteAt(`http://${host}:${trap.port}`, id, account)), host).toMatchObject({ isGood: false });
      }
    }

    expect([attempts, trap.visits()]).toEqual([[], 0]);
  });

  it.each([301, 302, 307])("follows a redirect (%i) neither to a private address nor to another port", async (status) => {
    const trap = await setTrap();
    const checkRemote = check(createClient(["127.0.0.1"]));

    for (const host of ["127.0.0.1", "127.0.0.2", "[::1]", "metadata.test", "loopback.test"]) {
      const url = await serveRedirect(`http://${host}:${trap.port}/`, status);
      for (const account of accounts) expect(await checkRemote(remoteAt(url, id, account))).toMatchObject({ isGood: false });
    }

    expect(trap.visits()).toBe(0);
  });
});

const hosts = all.flatMap(({ id, repositories }): readonly { readonly id: string; readonly host: RepositoryHost }[] =>
  repositories === undefined || id === "git-folder" ? [] : [{ id, host: repositories }],
);

describe.each(hosts)("the repositories of $id", ({ id, host }) => {
  it("are not looked for behind a redirect to a private address or another port", async () => {
    const trap = await setTrap();
    const client = createClient(["127.0.0.1"]);

    for (const target of ["127.0.0.1", "127.0.0.2", "[::1]", "metadata.test"]) {
      const url = await serveRedirect(`http://${target}:${trap.port}/`, 302);
      for (const account of accounts) await expect(readAll(host, accessTo(remoteAt(url, id, account), client)), target).rejects.toThrow();
    }

    expect(trap.visits()).toBe(0);
  });

  it("are asked of nothing private", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const client = createClient();

    for (const target of [...fewPrivateHosts, ...Object.keys(privateNames)]) {
      for (const account of accounts) {
        const remote = remoteAt(`http://${target}:${trap.port}`, id, account);
        await expect(readAll(host, accessTo(remote, client)), target).rejects.toThrow();
      }
    }

    expect([attempts, trap.visits()]).toEqual([[], 0]);
  });
});

/** More than a page. */
function createModel(): HostedRepositoryModel {
  const model = new HostedRepositoryModel(7, "octo/hello");
  model.commits("main", 230);
  model.branch("feature");
  for (let count = 0; count < 130; count += 1) model.pull(`PLAY-${count}`);
  return model;
}

const models = (): readonly HostedRepositoryModel[] => [
  createModel(),
  ...Array.from({ length: 120 }, (_, index) => new HostedRepositoryModel(100 + index, `octo/empty${index}`)),
];

const [byPassword, byToken] = accounts;
const token = planted.reveal();

/** Stand-ins that speak as the vendors document, and what is to be found at them. */
const standIns: readonly {
  readonly id: string;
  readonly account: RemoteAccount | undefined;
  readonly api: () => StandInApi;
  readonly found: { readonly repositories: number; readonly commits: number };
}[] = [
  {
    ...{ id: "github", account: byToken, found: { repositories: 121, commits: 230 } },
    api: () => gitHubRepositoriesApi({ token, repositories: models() }),
  },
  {
    ...{ id: "gitlab", account: byToken, found: { repositories: 121, commits: 230 } },
    api: () => gitLabApi({ username: "ada", token, projects: models() }),
  },
  {
    // It shows no history but the heads.
    ...{ id: "gerrit", account: byPassword, found: { repositories: 121, commits: 1 } },
    api: () => gerritApi({ username: "ada", password: token, projects: models() }),
  },
  {
    ...{ id: "azure-devops", account: byToken, found: { repositories: 2, commits: 0 } },
    api: () => azureDevOpsApi({ token, stranger: "401", repositories: [azureRepository(1), azureRepository(2)] }),
  },
  {
    ...{ id: "aws-codecommit", account: byPassword, found: { repositories: 5, commits: 0 } },
    api: () => awsCodeCommitApi({ keyId: "ada", secret: token, region: "us-east-1", repositories: ["a", "b", "c", "d", "e"], pageSize: 2 }),
  },
];

function azureRepository(number: number): object {
  const url = "https://dev.azure.com/play";
  return { id: `id-${number}`, name: `hello${number}`, url, remoteUrl: url, webUrl: url, project: { name: "play", url } };
}

/** The same answers, but every address in them is another: next pages in headers and bodies, clones, pages for people. */
function luring(api: StandInApi, lure: string): StandInApi {
  return async (request) => {
    const answer = await api(request);
    const { body = "", headers = {}, status } = answer;
    const lured = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, relead(value, lure)]));
    return {
      status,
      headers: { ...lured, "content-location": lure, "x-next": lure },
      body: withNext(relead(body, lure), lure),
    } satisfies StandInAnswer;
  };
}

function relead(text: string, lure: string): string {
  return text.replaceAll(/https?:\/\/[^\s"<>\\]+/g, lure);
}

/** As other APIs name their next pages. */
function withNext(body: string, lure: string): string {
  if (!body.startsWith("{")) return body;
  const next = { next: lure, nextLink: lure, "@odata.nextLink": lure, _links: { next: { href: lure }, self: { href: lure } } };
  return JSON.stringify({ ...(JSON.parse(body) as object), ...next });
}

describe.each(standIns)("what $id answers with", ({ id, account, api, found }) => {
  it.each(["127.0.0.1", "127.0.0.2", "169.254.169.254"])(
    "is no address to go to: all is read at its host alone, page by page (%s)",
    async (target) => {
      const trap = await setTrap();
      const { host } = hosts.find((one) => one.id === id) ?? expect.fail(`${id} lists no repositories`);
      const standIn = await RemoteStandIn.start(servers, luring(api(), lureOf(target, trap)));
      const attempts = watchConnections();

      const read = await readAll(host, accessTo(remoteAt(standIn.url, id, account ?? { kind: "none" }), createClient(["127.0.0.1"])));

      expect(read).toEqual(found);
      expect(trap.visits()).toBe(0);
      expect(new Set(attempts)).toEqual(new Set([new URL(standIn.url).host]));
    },
  );
});

it("every service that lists repositories of a host is among them", () => {
  expect(standIns.map(({ id }) => id).sort()).toEqual(hosts.map(({ id }) => id).sort());
});

function lureOf(target: string, { port }: Trap): string {
  return `http://${target}:${port}/lure?page=2`;
}
