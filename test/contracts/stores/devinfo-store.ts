import { describe, expect, it } from "vitest";
import type { DevinfoBranch, DevinfoCommit, DevinfoPullRequest, DevinfoSubmission } from "../../../src/core/devinfo.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../../src/storage/stores/devinfo-store.js";
import type { OpenDatabase } from "./databases.js";

function commit(id: string, updateSequenceId: number, ...issueKeys: readonly string[]): DevinfoCommit {
  const author = { name: "Ann 🎉" };
  return {
    id,
    updateSequenceId,
    issueKeys,
    message: "ä",
    author,
    authorTimestamp: "2025-01-01T00:00:00.000Z",
    displayId: id,
    fileCount: 0,
  };
}

function branch(id: string, updateSequenceId: number, ...issueKeys: readonly string[]): DevinfoBranch {
  return { id, updateSequenceId, issueKeys, name: id, lastCommit: commit("tip", updateSequenceId), url: "https://git.example" };
}

function pullRequest(id: string, updateSequenceId: number, ...issueKeys: readonly string[]): DevinfoPullRequest {
  return {
    ...{ id, updateSequenceId, issueKeys, status: "OPEN", title: "t", author: {}, commentCount: 0, sourceBranch: "b" },
    ...{ lastUpdate: "2025-01-01T00:00:00.000Z", url: "https://git.example", displayId: id },
  };
}

function submission(updateSequenceId: number, others: Partial<DevinfoSubmission> & { readonly id?: string } = {}): DevinfoSubmission {
  const { id = "1", ...entities } = others;
  return { provider: "ci", repository: { id, name: "n", url: "u", updateSequenceId }, ...entities };
}

/** What every database must give the store of development information. */
export function devinfoStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const devinfo = createDevinfoStore(opened.database);
    const submit = async (submitted: DevinfoSubmission): Promise<number> => {
      const { changes, written } = await devinfo.submit(submitted);
      await work.commit(changes);
      return written;
    };
    const named = async (key: string): Promise<readonly string[]> =>
      (await devinfo.byIssueKey(key, 100)).map(
        ({ provider, repositoryId, type, entity }) => `${provider} ${repositoryId} ${type} ${entity.id}`,
      );
    const idsIn = async (repositoryId: string, after = "", limit = 100): Promise<readonly string[]> =>
      (await devinfo.list("ci", repositoryId, "commit", after, limit)).map(({ entity }) => entity.id);
    return { opened, work, devinfo, submit, named, idsIn };
  }

  describe(`development information on ${name}`, () => {
    it("is kept, and found by issue, repository and id, once its changes are committed", async () => {
      const { devinfo, work, opened, named } = await createStore();
      const submitted = submission(5, {
        ...{
          commits: [commit("c", 5, "PLAY-1", "AB-2")],
          branches: [branch("b", 5, "PLAY-1")],
          pullRequests: [pullRequest("1", 5, "PLAY-1")],
        },
      });
      const { changes, written } = await devinfo.submit(submitted);
      expect([written, await named("PLAY-1"), await devinfo.repository("ci", "1")]).toEqual([3, [], undefined]);

      await work.commit(changes);

      expect(await named("PLAY-1")).toEqual(["ci 1 branch b", "ci 1 commit c", "ci 1 pull_request 1"]);
      expect(await named("AB-2")).toEqual(["ci 1 commit c"]);
      const next = createDevinfoStore(await opened.reopen());
      expect(await next.repository("ci", "1")).toEqual(submitted.repository);
      const place = { provider: "ci", repositoryId: "1" };
      expect(await next.list("ci", "1", "commit", "", 10)).toEqual([{ ...place, type: "commit", entity: submitted.commits?.[0] }]);
      expect(await next.list("ci", "1", "branch", "", 10)).toEqual([{ ...place, type: "branch", entity: submitted.branches?.[0] }]);
      expect(await next.list("ci", "1", "pull_request", "", 10)).toEqual([
        { ...place, type: "pull_request", entity: submitted.pullRequests?.[0] },
      ]);
    });

    it("is replaced as a whole by what is newer, issues included, and by nothing else", async () => {
      const { devinfo, submit, named } = await createStore();
      await submit(submission(5, { commits: [commit("c", 5, "PLAY-1", "PLAY-2")] }));

      const older = await submit(submission(4, { commits: [commit("c", 4, "PLAY-9")] }));
      const equal = await submit(submission(5, { commits: [{ ...commit("c", 5, "PLAY-9"), message: "other" }] }));
      const newer = await submit(submission(6, { commits: [commit("c", 6, "PLAY-2", "PLAY-3")], branches: [branch("c", 1, "PLAY-1")] }));

      expect([older, equal, newer]).toEqual([0, 0, 2]);
      expect(await Promise.all(["PLAY-1", "PLAY-2", "PLAY-3", "PLAY-9"].map(named))).toEqual([
        ["ci 1 branch c"],
        ["ci 1 commit c"],
        ["ci 1 commit c"],
        [],
      ]);
      expect(await devinfo.repositoriesOfProject("ci", "PLAY")).toEqual(["1"]);
    });

    it("is not written again where nothing but sequences would change", async () => {
      const { devinfo, submit } = await createStore();
      const at = (sequence: number): DevinfoSubmission =>
        submission(sequence, { commits: [commit("c", sequence, "PLAY-1")], branches: [branch("b", sequence, "PLAY-1")] });
      await submit(at(5));

      expect(await devinfo.submit(at(6))).toEqual({ changes: [], written: 0 });
      expect((await devinfo.submit({ ...at(7), repository: { ...at(7).repository, name: "renamed" } })).changes).toHaveLength(1);
    });

    it("takes the newer of two in one submission, and the first of two that are equally new", async () => {
      const { devinfo, submit } = await createStore();

      const written = await submit(submission(5, { commits: [commit("c", 5, "A-1"), commit("c", 6, "B-1"), commit("c", 6, "C-1")] }));

      expect(written).toBe(1);
      expect(await devinfo.list("ci", "1", "commit", "", 10)).toMatchObject([{ entity: { issueKeys: ["B-1"] } }]);
      expect(await devinfo.byIssueKey("A-1", 10)).toEqual([]);
    });

    it("is listed part by part, of one repository and type alone", async () => {
      const { submit, idsIn } = await createStore();
      const ids = ["a", "a.b", "a~", "b", "B", "1"];
      await submit(submission(5, { commits: ids.map((id) => commit(id, 5, "PLAY-1")), branches: [branch("zz", 5, "PLAY-1")] }));
      await submit(submission(5, { id: "1.1", commits: [commit("other", 5, "PLAY-1")] }));
      await submit({ ...submission(5, { commits: [commit("foreign", 5, "PLAY-1")] }), provider: "ci.2" });

      expect(await idsIn("1")).toEqual(["1", "B", "a", "a.b", "a~", "b"]);
      expect(await idsIn("1", "a", 2)).toEqual(["a.b", "a~"]);
      expect(await idsIn("1", "b")).toEqual([]);
      expect(await idsIn("1.1")).toEqual(["other"]);
    });

    it("knows which repositories name issues of a project, each once", async () => {
      const { devinfo, submit } = await createStore();
      await submit(submission(5, { commits: [commit("c", 5, "PLAY-1", "A_B-2", "ÄÖ-3"), commit("d", 5, "PLAY-2")] }));
      await submit(submission(5, { id: "2", commits: [commit("c", 5, "WEB-1")] }));
      await submit(submission(5, { id: "1.1", branches: [branch("b", 5, "PLAY-1")] }));
      await submit({ ...submission(5, { id: "3", commits: [commit("foreign", 5, "PLAY-1")] }), provider: "ci.2" });

      const named = (key: string): Promise<readonly string[]> => devinfo.repositoriesOfProject("ci", key);

      expect(await Promise.all(["PLAY", "A_B", "ÄÖ", "WEB"].map(named))).toEqual([["1", "1.1"], ["1"], ["1"], ["2"]]);
      expect(await Promise.all(["PLA", "PLAY-1", "A", ""].map(named))).toEqual([[], [], [], []]);
    });

    it("gives the issue's own only, and as many as are wanted", async () => {
      const { devinfo, submit, named } = await createStore();
      await submit(submission(5, { commits: [commit("c", 5, "PLAY-1"), commit("d", 5, "PLAY-11"), commit("e", 5, "PLAY-1")] }));

      expect(await named("PLAY-1")).toEqual(["ci 1 commit c", "ci 1 commit e"]);
      expect(await devinfo.byIssueKey("PLAY-1", 1)).toHaveLength(1);
    });

    it("is deleted by id, with all that leads to it", async () => {
      const { opened, devinfo, work, submit } = await createStore();
      await submit(
        submission(5, { commits: [commit("c", 5, "PLAY-1"), commit("d", 5, "PLAY-1", "AB-2")], branches: [branch("d", 5, "PLAY-1")] }),
      );

      await work.commit(await devinfo.remove("ci", "1", "commit", ["d", "d", "none"]));
      expect(await devinfo.byIssueKey("PLAY-1", 10)).toHaveLength(2);
      await work.commit([...(await devinfo.remove("ci", "1", "commit", ["c"])), ...(await devinfo.remove("ci", "1", "branch", ["d"]))]);

      expect(await opened.database.keys().all()).toEqual(["!devinfo!repository\u0000ci\u00001"]);
    });

    it("is deleted in slices, its record last, and leaves nothing", async () => {
      const { opened, devinfo, work, submit, named } = await createStore();
      const commits = Array.from({ length: 25 }, (_, index) => commit(`c${index}`, 5, "PLAY-1", `AB-${index}`));
      await submit(submission(5, { commits, pullRequests: [pullRequest("1", 5, "PLAY-1")] }));
      await submit(submission(5, { id: "11", commits: [commit("c", 5, "PLAY-1")] }));
      const left: unknown[] = [];

      for (let slice = await devinfo.removeSlice("ci", "1", 10); slice.length > 0; slice = await devinfo.removeSlice("ci", "1", 10)) {
        expect(slice.length).toBeLessThanOrEqual(50);
        await work.commit(slice);
        left.push([(await devinfo.byIssueKey("PLAY-1", 100)).length, (await devinfo.repository("ci", "1")) !== undefined]);
      }

      expect(left).toEqual([
        [17, true],
        [7, true],
        [1, true],
        [1, false],
      ]);
      expect([await named("PLAY-1"), (await opened.database.keys().all()).length]).toEqual([["ci 11 commit c"], 4]);
    });
  });
}
