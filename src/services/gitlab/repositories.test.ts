import { afterEach, describe, expect, it } from "vitest";
import { gitLabApi } from "../../../test/support/gitlab-api.js";
import { HostedRepositoryModel } from "../../../test/support/hosted-repository.js";
import { plantedSecret } from "../../../test/support/remote-checks.js";
import { json } from "../../../test/support/remote-stand-in.js";
import {
  describeRepositoryList,
  describeRepositoryReading,
  HostSettings,
  listAll,
  readOn,
  StoredReading,
  type TestedHost,
} from "../../../test/support/repository-hosts.js";
import { Secret } from "../../shared/secret.js";
import { gitLabRepositories } from "./repositories.js";

const remote: TestedHost["remote"] = {
  ...{ serviceId: "gitlab", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: new Secret(plantedSecret) },
};
const current: TestedHost = {
  ...{ title: "GitLab", host: gitLabRepositories, remote },
  api: (projects) => gitLabApi({ username: "ada", token: plantedSecret, projects, scopes: ["read_api"] }),
};
const legacy: TestedHost = {
  ...{ title: "GitLab by version 3", host: gitLabRepositories },
  remote: { ...remote, deployment: "legacy", account: { kind: "password", username: "ada", password: new Secret(plantedSecret) } },
  api: (projects) => gitLabApi({ username: "ada", token: "of the session", password: plantedSecret, projects }, "v3"),
};

describeRepositoryList(current);
describeRepositoryReading(current);
describeRepositoryReading(legacy);

const settings = new HostSettings();
afterEach(() => settings.close());

const hello = { id: "7", name: "octo/hello", root: "https://gitlab.example.org/octo/hello.git" };

describe("a registered GitLab", () => {
  it("lists by id, from one page's last to the next one's first, whatever address it names", async () => {
    const projects = Array.from({ length: 130 }, (_, index) => new HostedRepositoryModel(3 * index + 1, `octo/p${index}`));
    const { access, standIn } = await settings.open(remote, current.api(projects));

    const found = await listAll(gitLabRepositories, access);

    expect(found[0]).toEqual({
      ...{ id: "1", name: "octo/p0", root: "https://gitlab.example.org/octo/p0.git", url: "https://gitlab.example.org/octo/p0" },
    });
    expect(standIn.requests.map(({ query }) => query.get("id_after"))).toEqual(["0", "298", "388"]);
  });

  it("is asked for pages by number where it does not know ids", async () => {
    const projects = Array.from({ length: 230 }, (_, index) => new HostedRepositoryModel(3 * index + 1, `octo/p${index}`));
    const api = current.api(projects);
    const { access } = await settings.open(remote, (request) => {
      request.query.delete("id_after");
      return api(request);
    });

    const found = await listAll(gitLabRepositories, access);

    expect(found.map(({ id }) => id)).toEqual(projects.map(({ id }) => String(id)));
  });

  it("does not take lists that are missing for empty ones", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commits("main", 2);
    const api = current.api([model]);
    const { access } = await settings.open(remote, (request) =>
      request.path.endsWith("/branches") ? json({ message: "404 Not Found" }, 404) : api(request),
    );

    await expect(readOn(gitLabRepositories, hello, access, new StoredReading())).rejects.toMatchObject({ status: 404 });
  });

  it("shows commits and merge requests with their people", async () => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commit("main", "PLAY-1 First");
    model.pull("PLAY-2 Second", "fix/PLAY-2");
    const { access } = await settings.open(remote, current.api([model]));
    const stored = new StoredReading();

    await readOn(gitLabRepositories, hello, access, stored);

    const commit = {
      ...{ id: model.head("main"), message: "PLAY-1 First", authoredAt: Date.UTC(2026, 0, 1, 0, 1), isMerge: false },
      author: { name: "Ada Example", email: "ada@example.org" },
      url: `https://gitlab.example.org/octo/hello/commit/${model.head("main")}`,
    };
    expect([...stored.commits.values()]).toEqual([commit]);
    expect([...stored.branches.values()]).toEqual([
      { name: "main", lastCommit: commit, url: "https://gitlab.example.org/octo/hello/tree/main" },
    ]);
    expect([...stored.pullRequests.values()]).toEqual([
      {
        ...{ id: "1", displayId: "!1", title: "PLAY-2 Second", description: "About PLAY-2 Second", status: "OPEN", commentCount: 2 },
        ...{ author: { username: "ada", name: "Ada Example" }, sourceBranch: "fix/PLAY-2", destinationBranch: "main" },
        ...{ updatedAt: Date.UTC(2026, 0, 1, 0, 2), url: "https://gitlab.example.org/octo/hello/-/merge_requests/1" },
        reviewers: [{ username: "bo", name: "Bo Example", isApproved: false }],
      },
    ]);
    expect(stored.totals).toEqual({ commits: 1, pullRequests: 1 });
  });

  it.each([current, legacy])("reads of a branch that moved exactly what is new ($title)", async (tested) => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commits("main", 230);
    const { access } = await settings.open(tested.remote, tested.api([model]));
    const stored = new StoredReading();
    await readOn(gitLabRepositories, hello, access, stored);
    model.branch("feature");
    model.commits("feature", 4);
    model.commits("main", 5);
    model.merge("feature");

    const slices = await readOn(gitLabRepositories, hello, access, stored);

    expect(slices.flatMap(({ commits = [] }) => commits)).toHaveLength(10);
    expect(stored.commits.size).toBe(240);
  });

  it("of version 3 is shown a password once a run, in a body", async () => {
    const { access, standIn } = await settings.open(legacy.remote, legacy.api([new HostedRepositoryModel(7, "octo/hello")]));

    await listAll(gitLabRepositories, access);

    expect(standIn.requests.map(({ method, path }) => [method, path])).toEqual([
      ["POST", "/api/v3/session"],
      ["GET", "/api/v3/projects"],
    ]);
    expect(JSON.stringify(standIn.requests.slice(1))).not.toContain(plantedSecret);
  });

  it("says which scope the token lacks", async () => {
    const api = gitLabApi({ username: "ada", token: plantedSecret, scopes: ["read_user"] });
    const { access } = await settings.open(remote, api);

    await expect(listAll(gitLabRepositories, access)).rejects.toThrow(/lacks the scope read_api or api \(403\)/);
  });

  it.each([
    { off: { repository_access_level: "disabled" }, commits: 0, pulls: 0 },
    { off: { merge_requests_access_level: "disabled" }, commits: 2, pulls: 0 },
    { off: { merge_requests_enabled: false }, commits: 2, pulls: 0 },
  ])("asks for nothing that a project has switched off: $off", async ({ off, commits, pulls }) => {
    const model = new HostedRepositoryModel(7, "octo/hello");
    model.commits("main", 2);
    model.pull("Second");
    const api = current.api([model]);
    const { access } = await settings.open(remote, async (request) => {
      const answer = await api(request);
      const isProject = request.path.endsWith("/projects/7");
      const project: unknown = JSON.parse(answer.body ?? "{}");
      const isOff = ("merge_requests_access_level" in off || "merge_requests_enabled" in off) && request.path.endsWith("/merge_requests");
      if (isOff) return json({ message: "403 Forbidden" }, 403);
      return isProject && typeof project === "object" ? json({ ...project, ...off }) : answer;
    });
    const stored = new StoredReading();

    await readOn(gitLabRepositories, hello, access, stored);

    expect([stored.commits.size, stored.pullRequests.size]).toEqual([commits, pulls]);
  });
});
