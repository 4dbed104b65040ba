import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { runCommandLine } from "../support/cli-run.js";
import { branch, bulk, commit, hash, pullRequest, repository, type Sent } from "../support/devinfo-samples.js";
import { answerTo, EndToEnd, hear, said } from "../support/end-to-end.js";
import { RepositoryFolder, type TestRepository } from "../support/git-repositories.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";

const clientSecret = `planted-client-${randomBytes(16).toString("hex")}`;
const keeperToken = `planted-keeper-${randomBytes(16).toString("hex")}`;
const readerToken = `planted-reader-${randomBytes(16).toString("hex")}`;

const settings = { clients: [{ clientId: "ci", clientSecret, scopes: ["DELETE"] }] };

let all: EndToEnd;
let alice: MatrixPerson;
let folder: RepositoryFolder;
let bearer: string;
/** Hears all of PLAY. */
let room: string;
/** Hears commits of OTHER. */
let otherRoom: string;
/** Is connected to PLAY, and asked for nothing of this. */
let quietRoom: string;
/** Of clients that the command line made. */
const made: string[] = [];

beforeAll(async () => {
  folder = new RepositoryFolder();
  const sectionsFor = ({ webhookPort }: { readonly webhookPort: number }): Readonly<Record<string, unknown>> => ({
    listeners: [{ port: webhookPort, bindAddress: "127.0.0.1", resources: ["webhooks", "devinfo", "git-integrations"] }],
    devinfo: settings,
    api: {
      tokens: [
        { name: "keeper", token: keeperToken, scopes: ["git-integrations"] },
        { name: "reader", token: readerToken, scopes: ["devinfo"] },
      ],
    },
    repositories: { trackedFolders: [folder.path] },
  });
  all = await EndToEnd.start({ sectionsFor });
  all.jira.addProject("OTHER");
  alice = await all.person("alice");
  [room, otherRoom, quietRoom] = [await all.roomWithBot(alice), await all.roomWithBot(alice), await all.roomWithBot(alice)];
  expect(await answerTo(alice, room, "!connect jira PLAY devinfo=commit,branch,pull_request")).toContain("Connected to Jira project PLAY");
  expect(await answerTo(alice, otherRoom, "!connect jira OTHER devinfo=commit")).toContain("Connected to Jira project OTHER");
  expect(await answerTo(alice, quietRoom, "!connect jira PLAY")).toContain("Connected to Jira project PLAY");
  bearer = await tokenOf("ci", clientSecret);
});

afterAll(async () => {
  await all.stop();
  folder.remove();
});

function grant(clientId: string, secret: string): Promise<Asked> {
  return ask(all.installation.webhookPort, "/oauth/token", {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify({ grant_type: "client_credentials", client_id: clientId, client_secret: secret }),
  });
}

async function tokenOf(clientId: string, secret: string): Promise<string> {
  const granted = await grant(clientId, secret);
  expect(granted.status).toBe(200);
  // RFC 6749, section 5.1.
  return (granted.json() as { readonly access_token: string }).access_token;
}

function call(method: string, path: string, body?: object, token = bearer): Promise<Asked> {
  return ask(all.installation.webhookPort, path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function push(content: Sent, envelope: Sent = {}): Promise<void> {
  const answer = await call(
    "POST",
    "/rest/devinfo/0.10/bulk",
    bulk([repository("hello", Date.now(), { name: "octo/hello", ...content })], envelope),
  );
  expect([answer.status, answer.json()]).toEqual([202, expect.objectContaining({ failedDevinfoEntities: {} })]);
}

/** Sends something else and waits until rooms heard it: what was to come of anything before has come. */
async function pushMarker(name: string): Promise<void> {
  const marker = { issueKeys: ["PLAY-99", "OTHER-99"], message: `PLAY-99 OTHER-99 ${name}` };
  await push({ commits: [commit(createHash("sha1").update(name).digest("hex"), 1, marker)] });
  await Promise.all([hear(alice, room, name), hear(alice, otherRoom, name)]);
}

/** Messages of the room that have these words. */
async function heard(roomId: string, words: string): Promise<readonly string[]> {
  return (await said(alice, roomId)).filter((text) => text.includes(words));
}

const first = {
  commits: [1, 2, 3].map((number) =>
    commit(hash(number), 1, { message: `PLAY-1 Open the door ${number}`, displayId: hash(number).slice(0, 7) }),
  ),
  branches: [branch("door", 1, { name: "feature/PLAY-1-door" })],
  pullRequests: [pullRequest("7", 1, { title: "PLAY-1 Open the front door", displayId: "#7" })],
};

describe("a bulk request", () => {
  it("is one message in the room of its project, however much is in it", async () => {
    await push(first);
    await hear(alice, room, "Open the front door");
    await pushMarker("after the first push");

    const [message = "", ...others] = await heard(room, "octo/hello").then((texts) => texts.filter((text) => !text.includes("after the")));
    expect(others).toEqual([]);
    for (const words of ["3 commits", "1 branch", "1 pull request", `PLAY-1](${all.jira.url}/browse/PLAY-1)`])
      expect(message).toContain(words);
    for (const words of [hash(1).slice(0, 7), "Open the door 3", "feature/PLAY-1-door", "#7"]) expect(message).toContain(words);
  });

  it("is none when it comes again, newer or not, after a restart too", async () => {
    const before = await heard(room, "Open the");

    await push(first);
    await push({ commits: first.commits.map((one) => ({ ...one, updateSequenceId: 2 })) });
    await pushMarker("after the repeats");
    await all.restartSwitchboard();
    await push(first);
    await push({ commits: first.commits.map((one) => ({ ...one, updateSequenceId: 3 })) });
    await pushMarker("after the restart");

    expect(await heard(room, "Open the")).toEqual(before);
  });

  it("is none when it tells what happened before: BACKFILL", async () => {
    const commits = [commit(hash(50), 1, { message: "PLAY-1 From years ago" })];

    await push({ commits }, { operationType: "BACKFILL" });
    await push({ commits: [{ ...commits[0], updateSequenceId: 2 }] });
    await pushMarker("after the backfill");

    expect(await heard(room, "From years ago")).toEqual([]);
    expect(await answerTo(alice, room, "!jira dev PLAY-1")).toContain("From years ago");
  });

  it("is told again where a pull request has another status", async () => {
    const before = await heard(room, "Open the front door");

    await push({ pullRequests: [{ ...first.pullRequests[0], updateSequenceId: 5, status: "MERGED" }] });
    await pushMarker("after the merge");

    const [told = "", ...others] = (await heard(room, "Open the front door")).slice(before.length);
    expect([told.toLowerCase(), others]).toEqual([expect.stringContaining("merged"), []]);
  });

  it("is none where it is older than what is stored", async () => {
    // The first of each is news; what has a lower sequence would be too, but for that.
    await push({ branches: [branch("late", 5, { name: "feature/PLAY-1-late" })] });
    await hear(alice, room, "feature/PLAY-1-late");

    await push({
      branches: [branch("late", 4, { name: "feature/PLAY-1-before" })],
      pullRequests: [{ ...first.pullRequests[0], updateSequenceId: 4, status: "DECLINED", title: "PLAY-1 Brick up the door" }],
    });
    await pushMarker("after the older ones");

    expect([await heard(room, "feature/PLAY-1-before"), await heard(room, "Brick up the door")]).toEqual([[], []]);
    expect(await answerTo(alice, room, "!jira dev PLAY-1")).not.toMatch(/before|Brick up/);
  });

  it("says nothing in rooms of other projects, in rooms that ask for other things, and in those that ask for none", async () => {
    await push({ branches: [branch("other", 1, { name: "feature/OTHER-1", issueKeys: ["OTHER-1"] })] });
    await pushMarker("after the branch");

    expect(await heard(otherRoom, "Open the")).toEqual([]);
    expect(await heard(otherRoom, "feature/OTHER-1")).toEqual([]);
    expect(await heard(quietRoom, "octo/hello")).toEqual([]);
  });

  it("has keys of the room's projects only in a room", async () => {
    const both = { issueKeys: ["PLAY-3", "OTHER-4"], message: "Change both sides" };
    await push({ commits: [commit(hash(60), 1, both)] });
    const [here, there] = [await hear(alice, room, "Change both sides"), await hear(alice, otherRoom, "Change both sides")];

    const [hereText, thereText] = [JSON.stringify(here.content), JSON.stringify(there.content)];
    expect([hereText.includes("PLAY-3"), hereText.includes("OTHER-4")]).toEqual([true, false]);
    expect([thereText.includes("PLAY-3"), thereText.includes("OTHER-4")]).toEqual([false, true]);
  });

  it("with bad entities stores the good ones, and `why` explains", async () => {
    const commits = [
      commit(hash(70), 1, { issueKeys: ["PLAY-5"], message: "PLAY-5 Good" }),
      commit(hash(71), 1, { issueKeys: ["PLAY-5"], fileCount: -1 }),
    ];
    const answer = await call("POST", "/rest/devinfo/0.10/bulk", bulk([repository("hello", 1, { commits })]));
    expect(answer.json()).toMatchObject({
      acceptedDevinfoEntities: { hello: { commits: [hash(70)] } },
      failedDevinfoEntities: { hello: { commits: [{ id: hash(71) }] } },
    });

    expect(await answerTo(alice, room, "!jira dev PLAY-5")).toContain(hash(70).slice(0, 7));
    const why = await answerTo(alice, room, "!jira dev PLAY-5 why");

    expect(why).toContain(hash(71).slice(0, 7));
    expect(why).toMatch(/fileCount/);
  });
});

describe("!jira dev", () => {
  it("answers with what is known of the issue, linked", async () => {
    const answer = await answerTo(alice, room, "!jira dev PLAY-1");

    for (const words of [hash(1).slice(0, 7), "feature/PLAY-1-door", "#7", "https://git.example.org/octo/hello/pull/7"]) {
      expect(answer).toContain(words);
    }
  });

  it("explains with `why` what was seen of the issue", async () => {
    const why = await answerTo(alice, room, "!jira dev PLAY-1 why");

    expect(why).toContain(`PLAY-1](${all.jira.url}/browse/PLAY-1)`);
    expect(why).toContain("This room hears of PLAY as it comes: commits, branches, pull requests.");
  });

  it("says that nothing is known, and of no issue that is none of the room's projects", async () => {
    expect(await answerTo(alice, room, "!jira dev PLAY-4711")).toContain("PLAY-4711");
    const foreign = await answerTo(alice, otherRoom, "!jira dev PLAY-1");

    expect(foreign).not.toContain("Open the");
  });

  it("says over HTTP what is known, to a token for it", async () => {
    const headers = { authorization: `Bearer ${readerToken}` };
    const answer = await ask(all.installation.webhookPort, "/api/v1/issues/PLAY-1/devinfo", { headers });
    const refused = await ask(all.installation.webhookPort, "/rest/devinfo/0.10/repository/hello", { headers });

    expect(answer.json()).toMatchObject({
      key: "PLAY-1",
      entities: expect.arrayContaining([
        expect.objectContaining({
          type: "pull_request",
          provider: "ci",
          repository: expect.objectContaining({ id: "hello" }),
          status: "MERGED",
        }),
      ]) as unknown,
    });
    expect([answer.status, refused.status]).toEqual([200, 401]);
  });
});

describe("a client that the command line makes", () => {
  const base = "/rest/devinfo/0.10";

  async function devinfoClient(...argv: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runCommandLine(["devinfo-client", ...argv, "--data", all.installation.dataFolder]);
    expect(exitCode, stderr).toBe(0);
    if (stdout.startsWith("sbc_")) made.push(stdout.trim());
    return stdout.trim();
  }

  it("sends what rooms hear, reads its own back, and may do what its scope includes", async () => {
    const token = await tokenOf("builds", await devinfoClient("create", "--name", "builds"));
    made.push(token);
    const content = { commits: [commit(hash(80), 1, { message: "PLAY-8 Paint the door", issueKeys: ["PLAY-8"] })] };

    const sent = await call("POST", `${base}/bulk`, bulk([repository("hello", 1, content)]), token);
    await hear(alice, room, "Paint the door");
    const read = await call("GET", `${base}/repository/hello`, undefined, token);
    const deleted = await call("DELETE", `${base}/repository/hello`, undefined, token);

    expect([sent.status, deleted.status]).toEqual([202, 403]);
    expect(read.json()).toMatchObject({ commits: [{ id: hash(80) }], branches: [], pullRequests: [] });
    expect(await answerTo(alice, room, "!jira dev PLAY-8")).toContain("Paint the door");
  });

  it("is let in with its newest secret only, after a restart too, and not at all once it is revoked", async () => {
    const before = await devinfoClient("create", "--name", "cleaner", "--scope", "DELETE", "--provider", "builds");
    const tokenBefore = await tokenOf("cleaner", before);
    const after = await devinfoClient("rotate", "cleaner");
    await all.restartSwitchboard();

    const refused = await grant("cleaner", before);
    const token = await tokenOf("cleaner", after);
    made.push(tokenBefore, token);
    expect([refused.status, refused.json()]).toEqual([401, { error: "invalid_client" }]);
    expect((await call("GET", `${base}/repository/hello`, undefined, tokenBefore)).status).toBe(401);
    expect((await call("DELETE", `${base}/repository/hello`, undefined, token)).status).toBe(202);
    expect((await call("GET", `${base}/repository/hello`, undefined, token)).status).toBe(404);
    expect(await devinfoClient("list")).toMatch(/cleaner\s+DELETE\s+builds/);

    await devinfoClient("revoke", "cleaner");

    expect((await call("GET", `${base}/repository/hello`, undefined, token)).status).toBe(401);
    expect((await grant("cleaner", after)).status).toBe(401);
  });
});

describe("a git repository in a folder", () => {
  let git: TestRepository;

  async function keeper(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await ask(all.installation.webhookPort, `/rest/gitplugin/${path}`, {
      ...{ method, headers: { authorization: `Bearer ${keeperToken}`, "content-type": "application/json" } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json();
  }

  async function reindex(): Promise<void> {
    // The API's own shapes, here and below; its tests hold them.
    const { threadId } = (await keeper("POST", "2.0/reindex", {})) as { readonly threadId: string };
    const isFinished = async (): Promise<true | undefined> => {
      const progress = (await keeper("GET", `1.0/index.json?threadId=${threadId}`)) as { readonly finished: boolean };
      return progress.finished ? true : undefined;
    };
    await poll(isFinished, { what: "it is read", timeoutMs: 60_000 });
  }

  it("is answered by `!jira dev` once it is indexed, and its past is silent", async () => {
    git = folder.init("lamp");
    git.commit(
      { branch: "main", message: "PLAY-30 Light the lamp" },
      { branch: "main", message: "OTHER-30 Change its bulb" },
      { branch: "feature/PLAY-31", message: "PLAY-31 Dim it", from: "main" },
    );
    await keeper("POST", "1.0/integration", { type: "FILESPACE", origin: `${folder.path}/*` });
    await reindex();
    await pushMarker("after the first reading");

    expect(await heard(room, "lamp")).toEqual([]);
    expect(await heard(otherRoom, "lamp")).toEqual([]);
    expect(await answerTo(alice, room, "!jira dev PLAY-30")).toContain("Light the lamp");
    expect(await answerTo(alice, room, "!jira dev PLAY-31")).toContain("feature/PLAY-31");
    expect(await answerTo(alice, otherRoom, "!jira dev OTHER-30")).toContain("Change its bulb");
  });

  it("announces what is new, once", async () => {
    git.commit({
      branch: "main",
      message: "PLAY-32 Put the lamp on a timer",
      author: `Ada <ada@example.org> ${Math.floor(Date.now() / 1_000)} +0000`,
    });

    await reindex();
    await hear(alice, room, "Put the lamp on a timer");
    await reindex();
    await pushMarker("after the second reading");

    expect(await heard(room, "Put the lamp on a timer")).toHaveLength(1);
    expect(await heard(otherRoom, "Put the lamp on a timer")).toEqual([]);
  });

  it("says once what a CI server tells of the same commit", async () => {
    const message = "PLAY-32 Put the lamp on a timer";
    await push({ commits: [commit(git.head(), 1, { issueKeys: ["PLAY-32"], message })] });
    await pushMarker("after the CI server");

    expect(await heard(room, "Put the lamp on a timer")).toHaveLength(1);
  });
});

describe("what listeners serve", () => {
  const unknownKeys = async (): Promise<unknown> => {
    const commits = [commit(hash(90), 1, { issueKeys: ["PLAY-1", "OTHER-1", "NOPE-1", "<x>"] })];
    const answer = await call("POST", "/rest/devinfo/0.10/bulk", bulk([repository("keys", 1, { commits })]));
    return (answer.json() as { readonly unknownIssueKeys: readonly string[] }).unknownIssueKeys.toSorted();
  };
  const cloudId = async (): Promise<string> => {
    const answer = await ask(all.installation.webhookPort, "/_edge/tenant_info");
    return (answer.json() as { readonly cloudId: string }).cloudId;
  };

  it("is the site's id, kept over restarts, and the same operations below it, with those of other APIs that clients call", async () => {
    const before = await cloudId();
    await all.restartSwitchboard();
    expect(await cloudId()).toBe(before);

    const statuses = [];
    for (const [method, path] of [
      ["GET", `/jira/devinfo/0.1/cloud/${before}/repository/hello`],
      ["GET", `/ex/jira/${before}/rest/devinfo/0.10/repository/hello`],
      ["GET", "/jira/devinfo/0.1/cloud/00000000-0000-4000-8000-000000000000/repository/hello"],
      ["DELETE", "/rest/builds/0.1/bulkByProperties?a=1"],
      ["DELETE", "/rest/deployments/0.1/bulkByProperties?a=1"],
      ["GET", "/status"],
    ] as const) {
      statuses.push((await call(method, path)).status);
    }
    expect(statuses).toEqual([200, 200, 404, 202, 202, 200]);
  });

  it("tells keys of projects that no room is connected to, unless all are taken for known", async () => {
    expect(await unknownKeys()).toEqual(["<x>", "NOPE-1"]);

    await all.restartSwitchboard({ devinfo: { ...settings, knownKeys: "all" } });

    expect(await unknownKeys()).toEqual(["<x>"]);
  });

  it("holds the limits of the configuration", async () => {
    await all.restartSwitchboard({ devinfo: { ...settings, maxBodyBytes: 1_024, rateLimit: { perMinute: 2 } } });
    const body = (length: number): object => ({ repositories: [repository("limits", 1, { description: "x".repeat(length) })] });

    const answers = [];
    for (const length of [10, 1_024, 10]) answers.push(await call("POST", "/rest/devinfo/0.10/bulk", body(length)));

    expect(answers.map(({ status }) => status)).toEqual([202, 413, 429]);
    expect(answers[2]?.headers).toMatchObject({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0" });
    await all.restartSwitchboard({ devinfo: settings });
  });
});

describe("the log", () => {
  it("never had a secret", () => {
    expect(made.length).toBeGreaterThanOrEqual(6);
    for (const secret of ["planted", bearer, ...made]) expect(all.log.join("\n")).not.toContain(secret);
  });
});
