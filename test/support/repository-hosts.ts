import { afterEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/core/errors.js";
import type { RegisteredRemote, RemoteAccount } from "../../src/core/registered-remote.js";
import type {
  HostAccess,
  HostedRepository,
  ReadBranch,
  ReadCommit,
  ReadPullRequest,
  RepositoryHost,
  RepositorySlice,
} from "../../src/core/repository-host.js";
import { Secret } from "../../src/shared/secret.js";
import { HostedRepositoryModel } from "./hosted-repository.js";
import { plantedSecret, RemoteCheckRig } from "./remote-checks.js";
import { RemoteStandIn, type StandInAnswer, type StandInApi } from "./remote-stand-in.js";

/** A service's repositories, and how its remote shows them as the vendor documents. */
export interface TestedHost {
  readonly title: string;
  readonly host: RepositoryHost;
  /** What a remote is but for its address; its account is good. */
  readonly remote: Omit<RegisteredRemote, "url">;
  readonly api: (repositories: readonly HostedRepositoryModel[]) => StandInApi;
}

/** Where a host stands, asked by the real guarded client. */
export interface HostSetting {
  readonly access: HostAccess;
  readonly standIn: RemoteStandIn;
  readonly rig: RemoteCheckRig;
  /** Calls off what is under way. */
  stop(): void;
}

/** What is stored of a repository slice by slice, as the product does. */
export class StoredReading {
  readonly commits = new Map<string, ReadCommit>();
  readonly branches = new Map<string, ReadBranch>();
  readonly pullRequests = new Map<string, ReadPullRequest>();
  tags: readonly string[] = [];
  totals: RepositorySlice["totals"];
  cursor: string | undefined;

  store(slice: RepositorySlice): void {
    for (const commit of slice.commits ?? []) this.commits.set(commit.id, commit);
    for (const branch of slice.branches ?? []) this.branches.set(branch.name, branch);
    for (const pullRequest of slice.pullRequests ?? []) this.pullRequests.set(pullRequest.id, pullRequest);
    if (slice.allBranches !== undefined)
      for (const name of this.branches.keys()) if (!slice.allBranches.includes(name)) this.branches.delete(name);
    this.tags = slice.allTags ?? this.tags;
    this.totals = slice.totals ?? this.totals;
    this.cursor = slice.cursor;
  }
}

/** Settings of one test file, closed after each test. */
export class HostSettings {
  readonly #rigs: RemoteCheckRig[] = [];

  async open(remote: Omit<RegisteredRemote, "url"> & { readonly url?: string }, api: StandInApi): Promise<HostSetting> {
    const rig = new RemoteCheckRig();
    this.#rigs.push(rig);
    const standIn = await RemoteStandIn.start(rig.servers, api);
    const stop = new AbortController();
    const url = `${standIn.url}${remote.url ?? ""}`;
    const access = { remote: { ...remote, url }, http: rig.client(), signal: stop.signal, now: () => Date.UTC(2026, 5, 1) };
    return { access, standIn, rig, stop: () => stop.abort() };
  }

  async close(): Promise<void> {
    await Promise.all(this.#rigs.splice(0).map((rig) => rig.close()));
  }
}

export async function listAll(host: RepositoryHost, access: HostAccess): Promise<readonly HostedRepository[]> {
  const found: HostedRepository[] = [];
  for await (const repository of host.list(access)) found.push(repository);
  return found;
}

/** Reads on from what is stored, and stores each slice. @param most slices after which it is interrupted */
export async function readOn(
  host: RepositoryHost,
  repository: HostedRepository,
  access: HostAccess,
  stored: StoredReading,
  most = Infinity,
): Promise<readonly RepositorySlice[]> {
  const slices: RepositorySlice[] = [];
  if (host.read === undefined) throw new TypeError("It only lists.");
  for await (const slice of host.read(repository, stored.cursor, access)) {
    stored.store(slice);
    slices.push(slice);
    if (slices.length >= most) break;
  }
  return slices;
}

/** What every host must do that lists repositories, whatever goes wrong. */
export function describeRepositoryList({ title, host, remote, api }: TestedHost): void {
  const settings = new HostSettings();
  afterEach(() => settings.close());
  const repositories = Array.from({ length: 250 }, (_, index) => new HostedRepositoryModel(index + 1, `octo/repo-${index + 1}`));

  describe(`the list of ${title}`, () => {
    it("gives every repository once, and asks nobody else", async () => {
      const { access, standIn, rig } = await settings.open(remote, api(repositories));

      const found = await listAll(host, access);

      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      expect(found.map(({ name }) => name.split("/").at(-1)).sort()).toEqual(repositories.map(({ name }) => name.split("/").at(-1)).sort());
      for (const { root, url = root } of found) expect(new URL(root).username + new URL(url).password).toBe("");
      for (const { url, staysAtOrigin } of rig.asked) expect([new URL(url).origin, staysAtOrigin]).toEqual([standIn.url, true]);
    });

    it.each([
      { status: 401, says: /not accepted \(401\)/, isTransient: true },
      { status: 403, says: /may not do this \(403\)/, isTransient: false },
      { status: 404, says: /there is no .*\(404\)/, isTransient: false },
      { status: 500, says: /the server failed \(500\)/, isTransient: true },
      { status: 200, says: /the answer is none of/, isTransient: false },
    ])("fails with a reason and without secrets when the answer is $status", async ({ status, says, isTransient }) => {
      const answer: StandInAnswer = { status, body: `{"message":"hush ${plantedSecret}"}` };
      const failure = await failureOf(listAnswered(answer));

      expect(failure.message).toMatch(says);
      expect(failure.message).not.toMatch(new RegExp(`hush|${plantedSecret}`));
      expect(failure.isTransient).toBe(isTransient);
    });

    it.each([
      { headers: { "retry-after": "120" }, status: 429, pause: 120_000 },
      { headers: { "retry-after": "Mon, 01 Jun 2026 00:03:00 GMT" }, status: 429, pause: 180_000 },
      { headers: { "retry-after": "7" }, status: 503, pause: 7_000 },
      { headers: { "retry-after": "99999999999" }, status: 429, pause: 86_400_000 },
      { headers: { "retry-after": "hush" }, status: 429, pause: 60_000 },
      { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1780272120" }, status: 403, pause: 120_000 },
    ])("says how long it has to be left alone: $status with $headers", async ({ headers, status, pause }) => {
      const failure = await failureOf(listAnswered({ status, headers, body: "hush" }));

      expect(failure).toMatchObject({ retryAfterMs: pause, isTransient: true });
      expect(failure.message).toMatch(/takes no more requests for now \(\d+\), and wants to be left alone for \d+ (seconds|minutes)$/);
    });

    it("takes no account anywhere else", async () => {
      const { standIn: other } = await settings.open(remote, api([]));
      const failure = await failureOf(listAnswered({ status: 307, headers: { location: `${other.url}/hush` } }));

      expect(failure.message).toMatch(/redirects to another origin/);
      expect(other.requests).toEqual([]);
    });

    it("asks nothing once it is called off, and nothing without an account that can be sent", async () => {
      const { access, rig, stop } = await settings.open(remote, api(repositories));
      const broken: RemoteAccount = { kind: "token", token: new Secret(`${plantedSecret}\r\nx-hush: 1`) };

      await failureOf(listAll(host, { ...access, remote: { ...access.remote, account: { kind: "none" } } }));
      await listAll(host, { ...access, remote: { ...access.remote, account: broken } }).catch(() => undefined);
      expect(JSON.stringify(rig.asked)).not.toContain("x-hush");
      const asked = rig.asked.length;
      stop();

      await expect(listAll(host, access)).rejects.toThrow();
      expect(rig.asked.length).toBe(asked);
    });

    async function listAnswered(answer: StandInAnswer): Promise<unknown> {
      const { access, standIn } = await settings.open(remote, api(repositories));
      standIn.failWith({ kind: "answer", answer });
      return listAll(host, access);
    }
  });
}

/** What every host must do that shows what is in its repositories. */
export function describeRepositoryReading({ title, host, remote, api }: TestedHost): void {
  const settings = new HostSettings();
  afterEach(() => settings.close());

  async function open(model: HostedRepositoryModel): Promise<HostSetting & { readonly repository: HostedRepository }> {
    const setting = await settings.open(remote, api([model]));
    const [repository] = await listAll(host, setting.access);
    if (repository === undefined) throw new TypeError("It was not listed.");
    setting.standIn.requests.splice(0);
    return { ...setting, repository };
  }

  describe(`the reading of ${title}`, () => {
    it("finds branches, tags and pull requests, each with what belongs to it", async () => {
      const model = bigModel(30, 130);
      const { access, repository } = await open(model);
      const stored = new StoredReading();

      const slices = await readOn(host, repository, access, stored);

      expect([...stored.branches.keys()].sort()).toEqual([...model.branches.keys()].sort());
      for (const [name, head] of model.branches) expect(stored.branches.get(name)?.lastCommit).toMatchObject(commitOf(model, head));
      expect(stored.tags).toEqual(model.tags);
      expect(stored.pullRequests.size).toBe(130);
      expect([1, 2, 3].map((number) => stored.pullRequests.get(String(number))?.status)).toEqual(["OPEN", "MERGED", "DECLINED"]);
      const [pull] = model.pulls;
      expect(stored.pullRequests.get("1")).toMatchObject({ title: pull?.title, updatedAt: pull?.updatedAt, destinationBranch: "main" });
      expect(Math.max(...slices.map(thingsIn))).toBeLessThanOrEqual(300);
      expect(slices.map(({ percent }) => percent)).toEqual(
        slices.map(({ percent }) => percent).sort((left = 0, right = 0) => left - right),
      );
      expect(slices.at(-1)).toMatchObject({ percent: 100, allTags: model.tags });
    });

    it("takes few requests without news, however many commits there are", async () => {
      const counts: number[] = [];
      for (const size of [20, 450]) {
        const { access, repository, standIn } = await open(bigModel(size, 120));
        const stored = new StoredReading();
        await readOn(host, repository, access, stored);
        standIn.requests.splice(0);

        const again = await readOn(host, repository, access, stored);

        counts.push(standIn.requests.length);
        expect(again.flatMap(({ commits = [], branches = [] }) => [...commits, ...branches]).length).toBeLessThanOrEqual(10);
      }

      expect(counts[0]).toBe(counts[1]);
      expect(counts[0]).toBeLessThanOrEqual(7);
    });

    it("loses and repeats no page when it is interrupted after any slice", async () => {
      const model = bigModel(450, 250);
      const whole = new StoredReading();
      const { access, repository, standIn } = await open(model);
      const slices = await readOn(host, repository, access, whole);
      const needed = standIn.requests.length;

      for (let most = 1; most < slices.length; most += 1) {
        standIn.requests.splice(0);
        const stored = new StoredReading();
        await readOn(host, repository, access, stored, most);
        await readOn(host, repository, access, stored);

        expect(stored, `after ${most} slices`).toEqual(whole);
        // The repository itself, its counts, its branches and at most a page that was under way.
        expect(standIn.requests.length).toBeLessThanOrEqual(needed + 6);
      }
    });

    it("hands over what came before a failure", async () => {
      const model = bigModel(150, 250);
      const { access, repository, standIn } = await open(model);
      const stored = new StoredReading();
      let asked = 0;
      const failing: HostAccess = {
        ...access,
        http: { request: (request) => ((asked += 1) > 8 ? Promise.reject(new RemoteError("it is away")) : access.http.request(request)) },
      };

      await expect(readOn(host, repository, failing, stored)).rejects.toThrow("it is away");
      const before = standIn.requests.length;
      await readOn(host, repository, access, stored);

      expect(before).toBe(8);
      expect(stored.pullRequests.size).toBe(250);
      expect(stored.branches.size).toBe(model.branches.size);
    });

    it("forgets branches that are gone, and finds those that moved back or were written anew", async () => {
      const model = bigModel(20, 3);
      const { access, repository } = await open(model);
      const stored = new StoredReading();
      await readOn(host, repository, access, stored);

      model.branches.delete("merged");
      model.branches.set("feature", model.find(model.head("feature"))?.parents[0] ?? "");
      model.branches.set("main", model.find(model.head("main"))?.parents[0] ?? "");
      model.commit("main", "PLAY-99 Other history");
      model.prune();
      await readOn(host, repository, access, stored);

      expect([...stored.branches.keys()].sort()).toEqual([...model.branches.keys()].sort());
      for (const [name, head] of model.branches) expect(stored.branches.get(name)?.lastCommit.id).toBe(head);
      expect(stored.commits.has(model.head("main"))).toBe(true);
    });

    it("reads pull requests that changed, and of all others at most some", async () => {
      const model = bigModel(5, 350);
      const { access, repository, standIn } = await open(model);
      const stored = new StoredReading();
      await readOn(host, repository, access, stored);
      const [oldest] = model.pulls;
      if (oldest !== undefined) model.update(oldest, "merged");
      model.pull("PLAY-7 New");
      standIn.requests.splice(0);

      const slices = await readOn(host, repository, access, stored);

      expect(stored.pullRequests.get("1")?.status).toBe("MERGED");
      expect(stored.pullRequests.size).toBe(351);
      expect(slices.flatMap(({ pullRequests = [] }) => pullRequests).length).toBeLessThan(20);
      expect(standIn.requests.length).toBeLessThanOrEqual(8);
    });

    it("misses no pull request that was updated while it was read", async () => {
      const model = bigModel(5, 350);
      const { access, repository } = await open(model);
      const stored = new StoredReading();
      await readOn(host, repository, access, stored, 2);
      for (const pull of model.pulls.slice(0, 40)) model.update(pull, "closed");

      await readOn(host, repository, access, stored);
      await readOn(host, repository, access, stored);

      for (const { number } of model.pulls.slice(0, 40)) expect(stored.pullRequests.get(String(number))?.status).toBe("DECLINED");
      expect(stored.pullRequests.size).toBe(350);
    });

    it("is not led to pass over pull requests by a time that is yet to come", async () => {
      const model = bigModel(5, 0);
      const { access, repository } = await open(model);
      const stored = new StoredReading();
      model.pull("From the future").updatedAt = Date.UTC(2999, 0, 1);
      await readOn(host, repository, access, stored);
      model.pull("Now").updatedAt = access.now() + 1_000;

      await readOn(host, repository, access, stored);

      expect(stored.pullRequests.size).toBe(2);
    });

    it("finds nothing in an empty repository, and everything once there is something", async () => {
      const model = new HostedRepositoryModel(7, "octo/hello");
      const { access, repository } = await open(model);
      const stored = new StoredReading();

      const slices = await readOn(host, repository, access, stored);
      model.commit("main", "PLAY-1 First");
      await readOn(host, repository, access, stored);

      expect(slices).toMatchObject([{ allBranches: [], allTags: [] }]);
      expect([...stored.commits.keys()]).toEqual([model.head("main")]);
    });

    it.each([
      "",
      "{",
      "[]",
      "null",
      '{"version":1,"heads":[["main","../../x"],["x"],7],"walk":{"name":"main","head":"x"}}',
      '{"version":99}',
    ])("begins anew with a cursor that it does not know: %s", async (cursor) => {
      const model = bigModel(5, 3);
      const { access, repository } = await open(model);
      const [expected, stored] = [new StoredReading(), new StoredReading()];
      await readOn(host, repository, access, expected);
      stored.cursor = cursor;

      await readOn(host, repository, access, stored);

      expect(stored).toEqual(expected);
    });

    it("fails for a repository that is gone", async () => {
      const { access, repository } = await open(bigModel(5, 3));

      const failure = await failureOf(readOn(host, { ...repository, id: "4711", name: "octo/gone" }, access, new StoredReading()));

      expect(failure).toMatchObject({ status: 404, message: expect.stringMatching(/there is no such (repository|project) any more/) });
    });

    it.each(["../../user", "octo/..", "..", "octo/hello/../..", "a/b?x=y", "octo/hello#"])(
      "asks nobody about the name %s",
      async (name) => {
        const { access, repository, rig } = await open(bigModel(5, 3));
        const before = rig.asked.length;

        await failureOf(readOn(host, { ...repository, id: name, name }, access, new StoredReading()));

        const own = `/projects/${encodeURIComponent(name)}/`;
        const others = rig.asked.slice(before).filter(({ url }) => !url.endsWith("/session") && !new URL(url).pathname.includes(own));
        expect(others).toEqual([]);
      },
    );
  });
}

async function failureOf(done: Promise<unknown>): Promise<RemoteError> {
  const failure: unknown = await done.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof RemoteError) return failure;
  throw new TypeError(`No RemoteError: ${String(failure)}`);
}

function thingsIn({ commits = [], branches = [], pullRequests = [] }: RepositorySlice): number {
  return commits.length + branches.length + pullRequests.length;
}

function commitOf(model: HostedRepositoryModel, hash: string): Partial<ReadCommit> {
  const commit = model.find(hash);
  return { id: hash, message: commit?.message ?? "", authoredAt: commit?.at ?? 0, isMerge: (commit?.parents.length ?? 0) > 1 };
}

/** With so many commits on its default branch and so many pull requests; one branch is ahead, one merged, one equal, one unrelated. */
function bigModel(commits: number, pulls: number): HostedRepositoryModel {
  const model = new HostedRepositoryModel(7, "octo/hello");
  model.commits("main", commits);
  model.branch("merged");
  model.commits("merged", 2, "Merged work");
  model.merge("merged");
  model.branch("feature");
  model.commits("feature", 3, "Feature work");
  model.branch("fix/PLAY-5+a#b");
  model.commit("pages", "Unrelated", { parents: [] });
  model.tags.push("v1.0.0", "v1.1.0");
  for (let index = 1; index <= pulls; index += 1) model.pull(`PLAY-${index} Wanted`);
  const [, second, third] = model.pulls;
  if (second !== undefined) model.update(second, "merged");
  if (third !== undefined) model.update(third, "closed");
  return model;
}
