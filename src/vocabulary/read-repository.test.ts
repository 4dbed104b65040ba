import { describe, expect, it } from "vitest";
import { HostedRepositoryModel, pageOf } from "../../test/support/hosted-repository.js";
import type { ReadCommit, RepositorySlice } from "../core/repository-host.js";
import { readRepository } from "./read-repository.js";
import type { CommitRange, RepositorySource } from "./repository-source.js";

/** A host that shows a repository with ten entries a page, and what it was asked for. */
class Host {
  readonly model = new HostedRepositoryModel(7, "octo/hello");
  readonly asked: (CommitRange & { readonly position: number | undefined })[] = [];

  get source(): RepositorySource {
    const { model, asked } = this;
    const toCommit = (hash: string): ReadCommit | undefined => {
      const commit = model.find(hash);
      return commit === undefined
        ? undefined
        : { id: hash, message: commit.message, author: {}, authoredAt: commit.at, isMerge: commit.parents.length > 1 };
    };
    return {
      branches: async () => {
        const branches = [...model.branches].map(([name, head]) => ({ name, head }));
        return branches.sort(({ name }) => (name === model.defaultBranch ? -1 : 1));
      },
      tags: async () => [],
      async commits(range, position) {
        asked.push({ ...range, position });
        const log = model.log(range.head, range.base);
        if (log === undefined) return undefined;
        const page = position ?? 1;
        const items = pageOf(log, page, 10).flatMap(({ hash }) => toCommit(hash) ?? []);
        return { items, ...(page * 10 < log.length ? { next: page + 1 } : {}) };
      },
      commit: async (hash) => toCommit(hash),
      pullRequests: async () => ({ items: [] }),
      totals: async () => ({ commits: 0, pullRequests: 0 }),
    };
  }
}

async function read(
  source: RepositorySource,
  cursor?: string,
): Promise<{ readonly slices: readonly RepositorySlice[]; readonly cursor: string }> {
  const slices: RepositorySlice[] = [];
  for await (const slice of readRepository(source, cursor, () => 0)) slices.push(slice);
  return { slices, cursor: slices.at(-1)?.cursor ?? "" };
}

/** Commits of the slices before so many pages of commits were asked for. */
async function readUntil(host: Host, pages: number): Promise<string> {
  const { source } = host;
  const cut: RepositorySource = {
    ...source,
    commits: (range, position) => (host.asked.length >= pages ? Promise.reject(new Error("cut")) : source.commits(range, position)),
  };
  let cursor = "";
  const reading = async (): Promise<void> => {
    for await (const slice of readRepository(cut, undefined, () => 0)) ({ cursor } = slice);
  };
  await expect(reading()).rejects.toThrow("cut");
  host.asked.splice(0);
  return cursor;
}

const namesIn = (slices: readonly RepositorySlice[]): readonly string[] =>
  slices.flatMap(({ branches = [] }) => branches).map(({ name }) => name);
const countIn = (slices: readonly RepositorySlice[]): number => slices.flatMap(({ commits = [] }) => commits).length;

describe("the reading of a host's repository", () => {
  it("goes on with a branch that moved while it was interrupted: first the old history, then what is new", async () => {
    const host = new Host();
    host.model.commits("main", 35);
    const old = host.model.head("main");
    const cursor = await readUntil(host, 2);
    host.model.commits("main", 3);

    const { slices } = await read(host.source, cursor);

    expect(host.asked).toEqual([
      { head: old, position: 3 },
      { head: old, position: 4 },
      { head: host.model.head("main"), base: old, position: undefined },
    ]);
    expect([countIn(slices), namesIn(slices)]).toEqual([18, ["main"]]);
  });

  it("begins a branch anew whose interrupted history the host forgot", async () => {
    const host = new Host();
    host.model.commits("main", 35);
    const cursor = await readUntil(host, 2);
    host.model.commit("main", "Other history", { parents: [] });
    host.model.prune();

    const { slices } = await read(host.source, cursor);

    expect([countIn(slices), namesIn(slices)]).toEqual([1, ["main"]]);
  });

  it("loses nothing where the default branch moved meanwhile to a branch whose reading was interrupted", async () => {
    const host = new Host();
    host.model.commits("main", 5);
    host.model.branch("feature");
    host.model.commits("feature", 35);
    const first = await readUntil(host, 3);
    expect(JSON.parse(first)).toMatchObject({ walk: { name: "feature" } });
    host.model.commits("main", 2);
    const onMain = host.model.head("main");
    host.model.merge("main", "feature");
    host.model.branches.set("main", host.model.head("feature"));
    const { source } = host;
    const branches = async (): ReturnType<RepositorySource["branches"]> =>
      (await source.branches()).map((branch) => (host.model.isMerged(branch.name) ? { ...branch, isMerged: true } : branch));

    const { slices } = await read({ ...source, branches }, first);

    expect(slices.flatMap(({ commits = [] }) => commits).map(({ id }) => id)).toContain(onMain);
  });

  it("asks for less where the host knows less: from the former head on, from the default branch on, for all of it", async () => {
    const host = new Host();
    host.model.commits("main", 5);
    host.model.branch("feature");
    host.model.commit("feature", "To be forgotten");
    const former = host.model.head("feature");
    const { cursor } = await read(host.source);
    host.model.commit("feature", "Unrelated", { parents: [] });
    host.model.prune();
    host.asked.splice(0);
    const { source } = host;
    const picky: RepositorySource = {
      ...source,
      commits: async ({ head, base }, position) => {
        const page = await source.commits(base === undefined ? { head } : { head, base }, position);
        return base !== undefined && !host.model.areRelated(base, head) ? undefined : page;
      },
    };

    await read(picky, cursor);

    expect(host.asked.map(({ base }) => base)).toEqual([former, host.model.head("main"), undefined]);
  });

  it("reads no commit again for another name of what was read", async () => {
    const host = new Host();
    host.model.commits("master", 5);
    host.model.defaultBranch = "master";
    const { cursor } = await read(host.source);
    host.model.branch("main", "master");
    host.model.branches.delete("master");
    host.model.defaultBranch = "main";
    host.asked.splice(0);

    const { slices } = await read(host.source, cursor);

    expect([host.asked, namesIn(slices), slices.at(-1)?.allBranches]).toEqual([[], ["main"], ["main"]]);
  });

  it("leaves a branch that went while it was read to the next time", async () => {
    const host = new Host();
    host.model.commits("main", 5);
    const { source } = host;
    const gone = { name: "gone", head: "e".repeat(40) };
    const branches = async (): ReturnType<RepositorySource["branches"]> => [...(await source.branches()), gone];

    const { slices, cursor } = await read({ ...source, branches });

    expect(namesIn(slices)).toEqual(["main"]);
    expect(cursor).not.toContain("gone");
  });

  it("takes names of branches for names, whatever they are", async () => {
    const host = new Host();
    for (const name of ["__proto__", "constructor", "toString", "main"]) host.model.commits(name, 2);

    const { slices, cursor } = await read(host.source);
    const again = await read(host.source, cursor);

    expect([...namesIn(slices)].sort()).toEqual(["__proto__", "constructor", "main", "toString"]);
    expect(namesIn(again.slices)).toEqual([]);
  });

  it("says how far it is, also where nothing can be counted", async () => {
    const host = new Host();
    host.model.commits("main", 450);

    const { slices } = await read({ ...host.source, totals: async () => ({ commits: 450 }) });
    const uncounted = await read({ ...host.source, totals: async () => ({}) });

    expect(slices.map(({ percent }) => percent)).toEqual([26, 53, 60, 100]);
    expect(uncounted.slices.map(({ percent }) => percent)).toEqual([0, 0, 60, 100]);
  });
});
