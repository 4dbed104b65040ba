import { afterEach, describe, expect, it } from "vitest";
import { gerritApi } from "../../../test/support/gerrit-api.js";
import { HostedRepositoryModel } from "../../../test/support/hosted-repository.js";
import { plantedSecret } from "../../../test/support/remote-checks.js";
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
import { gerritRepositories } from "./repositories.js";

const tested: TestedHost = {
  title: "Gerrit",
  host: gerritRepositories,
  remote: {
    ...{ serviceId: "gerrit", settings: {}, checksCertificate: true, usesProxy: true },
    account: { kind: "password", username: "ada", password: new Secret(plantedSecret) },
  },
  api: (projects) => gerritApi({ username: "ada", password: plantedSecret, projects }),
};

describeRepositoryList(tested);
describeRepositoryReading(tested);

const settings = new HostSettings();
afterEach(() => settings.close());

describe("a registered Gerrit", () => {
  it("may stand below a path, and lists projects without its own two", async () => {
    const projects = [new HostedRepositoryModel(1, "tools/it's (new)")];
    const api = gerritApi({ username: "ada", password: plantedSecret, projects, path: "/review" });
    const { access, standIn } = await settings.open({ ...tested.remote, url: "/review" }, api);

    expect(await listAll(gerritRepositories, access)).toEqual([
      {
        ...{ id: "tools/it's (new)", name: "tools/it's (new)" },
        root: `${standIn.url}/review/a/tools/it%27s%20%28new%29`,
        url: `${standIn.url}/review/admin/repos/tools%2Fit%27s%20%28new%29`,
      },
    ]);
  });

  it.each(["a..b", "tools/.hidden", 'say "hello"', "back\\slash", "plus+and%2Fpercent", "ümläut"])(
    "reads a project whose name is odd: %s",
    async (name) => {
      const model = new HostedRepositoryModel(1, name);
      model.commit("main", "PLAY-1 First");
      model.pull("PLAY-2 Second");
      const { access } = await settings.open(tested.remote, tested.api([model]));
      const stored = new StoredReading();

      await readOn(gerritRepositories, { id: name, name, root: "" }, access, stored);

      expect([stored.commits.size, stored.pullRequests.size]).toEqual([1, 1]);
    },
  );

  it("shows changes as pull requests, and commits of those that were merged", async () => {
    const model = new HostedRepositoryModel(1, "tools/hello");
    const hash = model.commit("main", "PLAY-2 Second\n\nChange-Id: I1");
    const pull = model.pull("PLAY-2 Second", "main");
    model.update(pull, "merged");
    model.commit("main", "Pushed past the review");
    const { access, standIn } = await settings.open(tested.remote, tested.api([model]));
    const stored = new StoredReading();

    await readOn(gerritRepositories, { id: "tools/hello", name: "tools/hello", root: "" }, access, stored);

    expect([...stored.pullRequests.values()]).toEqual([
      {
        ...{ id: "1", displayId: "1", title: "PLAY-2 Second", description: "PLAY-2 Second\n\nChange-Id: I1", status: "MERGED" },
        ...{ author: { name: "Ada Example", username: "ada" }, sourceBranch: "main", destinationBranch: "main", commentCount: 2 },
        ...{ updatedAt: pull.updatedAt, url: `${standIn.url}/1` },
        reviewers: [
          { name: "Bo Example", username: "bo", isApproved: true },
          { name: "Cy Example", isApproved: false },
        ],
      },
    ]);
    expect([...stored.commits.keys()]).toEqual([model.head("main"), hash]);
    expect(stored.commits.get(hash)).toEqual({
      ...{ id: hash, message: "PLAY-2 Second\n\nChange-Id: I1", authoredAt: Date.UTC(2026, 0, 1, 0, 1), isMerge: false },
      ...{ author: { name: "Ada Example", email: "ada@example.org" }, url: `${standIn.url}/1` },
    });
  });

  it("takes as many changes at once as its account may query", async () => {
    const model = new HostedRepositoryModel(1, "tools/hello");
    for (let index = 0; index < 95; index += 1) model.pull(`PLAY-${index}`);
    const api = gerritApi({ username: "ada", password: plantedSecret, projects: [model], queryLimit: 30 });
    const { access, standIn } = await settings.open(tested.remote, api);
    const stored = new StoredReading();

    await readOn(gerritRepositories, { id: "tools/hello", name: "tools/hello", root: "" }, access, stored);

    expect(stored.pullRequests.size).toBe(95);
    const asked = standIn.requests.filter(({ path }) => path === "/a/changes/").map(({ query }) => query.get("S"));
    expect(asked).toEqual(["0", "30", "60", "90"]);
  });
});
