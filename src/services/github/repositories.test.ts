import { afterEach, describe, expect, it } from "vitest";
import { gitHubRepositoriesApi } from "../../../test/support/github-repositories-api.js";
import { HostedRepositoryModel } from "../../../test/support/hosted-repository.js";
import { RecordedHttp } from "../../../test/support/recorded-http.js";
import { plantedSecret } from "../../../test/support/remote-checks.js";
import {
  describeRepositoryList,
  describeRepositoryReading,
  HostSettings,
  listAll,
  readOn,
  StoredReading,
  type HostSetting,
  type TestedHost,
} from "../../../test/support/repository-hosts.js";
import { Secret } from "../../shared/secret.js";
import { gitHubRepositories } from "./repositories.js";

const tested: TestedHost = {
  title: "GitHub",
  host: gitHubRepositories,
  remote: {
    ...{ serviceId: "github", settings: {}, checksCertificate: true, usesProxy: true },
    account: { kind: "token", token: new Secret(plantedSecret) },
  },
  api: (repositories) => gitHubRepositoriesApi({ token: plantedSecret, repositories, linksTo: "http://169.254.169.254" }),
};

describeRepositoryList(tested);
describeRepositoryReading(tested);

const settings = new HostSettings();
afterEach(() => settings.close());

async function open(model: HostedRepositoryModel, more: readonly HostedRepositoryModel[] = []): Promise<HostSetting> {
  return settings.open(tested.remote, tested.api([model, ...more]));
}

const hello = { id: "7", name: "octo/hello", root: "https://github.example.org/octo/hello.git" };

describe("a registered GitHub", () => {
  it("gives repositories by their ids, which stay when they are renamed", async () => {
    const { access } = await open(new HostedRepositoryModel(7, "octo/hello"));

    expect(await listAll(gitHubRepositories, access)).toEqual([
      {
        ...{ id: "7", name: "octo/hello", root: "https://github.example.org/octo/hello.git" },
        ...{ url: "https://github.example.org/octo/hello", description: "Says hello to all" },
      },
    ]);
  });

  it("shows commits and pull requests with their people", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commit("main", "PLAY-1 First\n\nAnd more");
    model.pull("PLAY-2 Second", "fix/PLAY-2");
    const { access } = await open(model);
    const stored = new StoredReading();

    await readOn(gitHubRepositories, hello, access, stored);

    const commit = {
      ...{ id: model.head("main"), message: "PLAY-1 First\n\nAnd more", authoredAt: Date.UTC(2026, 0, 1, 0, 1), isMerge: false },
      author: { name: "Ada Example", email: "ada@example.org", username: "ada", url: "https://github.example.org/ada" },
      url: `https://github.example.org/commit/${model.head("main")}`,
    };
    expect([...stored.commits.values()]).toEqual([commit]);
    expect([...stored.branches.values()]).toEqual([
      { name: "main", lastCommit: commit, url: "https://github.example.org/octo/hello/tree/main" },
    ]);
    expect([...stored.pullRequests.values()]).toEqual([
      {
        ...{ id: "1", displayId: "#1", title: "PLAY-2 Second", description: "About PLAY-2 Second", status: "OPEN", commentCount: 0 },
        ...{ author: { username: "ada", url: "https://github.example.org/ada" }, sourceBranch: "fix/PLAY-2", destinationBranch: "main" },
        ...{ updatedAt: Date.UTC(2026, 0, 1, 0, 2), url: "https://github.example.org/octo/hello/pull/1" },
        reviewers: [{ username: "bo", url: "https://github.example.org/bo", isApproved: false }],
      },
    ]);
    expect(stored.totals).toEqual({ commits: 1, pullRequests: 1 });
  });

  it("reads of a branch that moved exactly what is new", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commits("main", 230);
    const { access } = await open(model);
    const stored = new StoredReading();
    await readOn(gitHubRepositories, hello, access, stored);
    const known = stored.commits.size;
    model.branch("feature");
    model.commits("feature", 4);
    model.commits("main", 5);
    model.merge("feature");

    const slices = await readOn(gitHubRepositories, hello, access, stored);

    expect(known).toBe(230);
    expect(slices.flatMap(({ commits = [] }) => commits)).toHaveLength(10);
    expect(stored.commits.size).toBe(240);
    expect(stored.totals?.commits).toBe(240);
  });

  it("reads a thousand branches in slices of some hundreds, and asks about none of them again", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commits("main", 3);
    for (let index = 0; index < 1_000; index += 1) model.branch(`b${index}`);
    const { access, standIn } = await open(model);
    const stored = new StoredReading();

    const slices = await readOn(gitHubRepositories, hello, access, stored);
    standIn.requests.splice(0);
    await readOn(gitHubRepositories, hello, access, stored);

    expect(stored.branches.size).toBe(1_001);
    expect(slices.length).toBeLessThan(10);
    expect(standIn.requests).toHaveLength(16);
  });

  it("follows a new name within its own origin, and takes no other repository that has the name by now for it", async () => {
    const model = new HostedRepositoryModel(7, "octo/renamed");
    model.commits("main", 2);
    const api = tested.api([model, new HostedRepositoryModel(8, "octo/taken")]);
    const { access } = await settings.open(tested.remote, (request) =>
      request.path === "/api/v3/repos/octo/hello" ? { status: 301, headers: { location: "/api/v3/repos/octo/renamed" } } : api(request),
    );
    const stored = new StoredReading();

    await readOn(gitHubRepositories, hello, access, stored);

    expect(stored.commits.size).toBe(2);
    await expect(readOn(gitHubRepositories, { ...hello, name: "octo/taken" }, access, stored)).rejects.toMatchObject({ status: 404 });
  });

  it("loses only what is none of its entries", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commit("main", "First");
    model.pull("Second");
    const api = tested.api([model]);
    const { access } = await settings.open(tested.remote, async (request) => {
      const answer = await api(request);
      const list: unknown = JSON.parse(answer.body ?? "null");
      const broken = [null, 7, {}, { sha: "../x", name: "a b", commit: { sha: "7" }, number: -1 }, { html_url: "javascript:alert(1)" }];
      return Array.isArray(list) ? { ...answer, body: JSON.stringify([...broken, ...list]) } : answer;
    });
    const stored = new StoredReading();

    expect((await listAll(gitHubRepositories, access)).map(({ id }) => id)).toEqual(["7"]);
    await readOn(gitHubRepositories, hello, access, stored);

    expect([stored.commits.size, stored.branches.size, stored.pullRequests.size]).toEqual([1, 1, 1]);
  });

  it.each([
    { url: "https://github.com", asks: "https://api.github.com/user/repos" },
    { url: "https://api.github.com", asks: "https://api.github.com/user/repos" },
    { url: "https://ghe.example.org", asks: "https://ghe.example.org/api/v3/user/repos" },
    { url: "https://ghe.example.org", apiPath: "/api", asks: "https://ghe.example.org/api/user/repos" },
  ])("at $url is asked at $asks", async ({ url, apiPath, asks }) => {
    const http = new RecordedHttp({ [`GET ${asks}`]: [] });
    const remote = { ...tested.remote, url, ...(apiPath === undefined ? {} : { apiPath }) };

    await listAll(gitHubRepositories, { remote, http, signal: new AbortController().signal, now: () => 0 });

    expect(http.calls).toEqual([`GET ${asks}`]);
  });
});
