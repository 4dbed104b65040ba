import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { gitHubConfig, PlayedGitHub } from "../../../test/support/github-events.js";
import { withSender, type WebhookDevinfo, type WebhookSender } from "../../core/webhook.js";
import type { GitHubConfig } from "./schema.js";

interface Example {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

// What GitHub itself sent. Its types are wider than what is used here.
const recorded = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly Example[];

type Payload = Readonly<Record<string, unknown>>;

/** A recorded payload with members that fit. */
function payloadOf(name: string, members: Payload): Payload {
  const found = recorded.find((event) => event.name === name)?.examples.find((example) => fits(example, members));
  if (found === undefined) throw new TypeError(`nothing recorded of ${name}`);
  return found;
}

function fits(example: Payload, members: Payload): boolean {
  return Object.entries(members).every(([key, value]) => example[key] === value);
}

/** With members of a member replaced. */
function changed(payload: Payload, member: string, changes: object): Payload {
  return { ...payload, [member]: { ...(payload[member] as object), ...changes } };
}

interface Told {
  readonly sender?: WebhookSender;
  readonly config?: Partial<GitHubConfig>;
}

function tell(event: string, payload: Payload, { sender, config = {} }: Told = {}): WebhookDevinfo | undefined {
  const github = new PlayedGitHub({ config: { ...gitHubConfig, ...config } });
  const stored = { headers: { "x-github-event": event, "x-github-delivery": "guid" }, body: Buffer.from(JSON.stringify(payload)) };
  return github.webhook.devinfo!(sender === undefined ? stored : withSender(stored, sender), github.context);
}

function entities(told: WebhookDevinfo | undefined): readonly Readonly<Record<string, unknown>>[] {
  return (told?.repository?.entries ?? []).map(({ type, json }) => ({ type, ...(JSON.parse(json) as object) }));
}

const branchPushed = payloadOf("push", { ref: "refs/heads/master", deleted: false });
const hash = String((branchPushed["head_commit"] as Payload)["id"]);
const pushedAt = 1_557_933_657_000;
const committedAt = Date.parse("2019-05-15T15:19:25Z");

/** A push to a branch whose last commit has that message. */
function push(ref: string, message: string, changes: Payload = {}): Payload {
  const commit = { ...(branchPushed["head_commit"] as object), message };
  return { ...branchPushed, ref, commits: [commit], head_commit: commit, ...changes };
}

describe("a push", () => {
  it("tells the commits that name an issue, and the branch that does", () => {
    const told = tell("push", push("refs/heads/feature/PLAY-2", "Greets [PLAY-1]"));

    expect(told?.repository).toMatchObject({ id: "186853002", updateSequenceId: BigInt(pushedAt + 999 - 92) });
    expect(JSON.parse(told?.repository?.json ?? "")).toMatchObject({
      ...{ id: "186853002", name: "Codertocat/Hello-World", url: "https://github.com/Codertocat/Hello-World" },
    });
    const commit = {
      ...{ id: hash, issueKeys: ["PLAY-1"], message: "Greets [PLAY-1]", displayId: hash.slice(0, 7), fileCount: 1 },
      author: { name: "Codertocat", email: "21031067+Codertocat@users.noreply.github.com", username: "Codertocat" },
      ...{ authorTimestamp: "2019-05-15T15:19:25.000Z", url: `https://github.com/Codertocat/Hello-World/commit/${hash}` },
    };
    expect(entities(told)).toEqual([
      { type: "commit", ...commit, updateSequenceId: committedAt },
      {
        ...{ type: "branch", id: "~666561747572652f504c41592d32", issueKeys: ["PLAY-2"], name: "feature/PLAY-2" },
        ...{ updateSequenceId: pushedAt + 999 - 92, url: "https://github.com/Codertocat/Hello-World/tree/feature/PLAY-2" },
        lastCommit: { ...commit, updateSequenceId: pushedAt + 999 - 92 },
      },
    ]);
  });

  it("tells a commit with one sequence, whatever branch it comes to and however late", () => {
    const first = tell("push", push("refs/heads/main", "PLAY-1"));
    const later = tell("push", changed(push("refs/heads/other", "PLAY-1"), "repository", { pushed_at: 1_600_000_000 }));

    expect(later?.repository?.entries).toEqual(first?.repository?.entries);
  });

  it("of a second has the lower sequence where its last commit is older", () => {
    const sequenceOf = (timestamp: string): bigint | undefined =>
      tell("push", changed(push("refs/heads/PLAY-1", "x"), "head_commit", { timestamp }))?.repository?.entries[0]?.updateSequenceId;

    const [old, middle, young, skewed] = [
      "2001-01-01T00:00:00Z",
      "2019-05-15T15:20:00Z",
      "2019-05-15T17:20:57+02:00",
      "2999-01-01T00:00:00Z",
    ].map(sequenceOf);

    expect([old, middle, young, skewed].map((sequence) => Number(sequence) - pushedAt)).toEqual([0, 942, 999, 999]);
  });

  it.each([
    ["a tag", push("refs/tags/PLAY-1", "PLAY-1")],
    ["nothing that names an issue", push("refs/heads/main", "no key")],
    [
      "no commits that can be read",
      push("refs/heads/main", "x", { commits: [null, 5, { id: "no hash", message: "PLAY-1" }], head_commit: null }),
    ],
    ["a repository without a number", changed(push("refs/heads/PLAY-1", "PLAY-1"), "repository", { id: "1" })],
    ["no repository", { ...push("refs/heads/PLAY-1", "PLAY-1"), repository: null }],
    ["a branch that cannot be", push("refs/heads/PLAY-1 \n", "x")],
  ])("of %s tells nothing", (_, payload) => {
    expect(tell("push", payload)).toBeUndefined();
  });

  it("tells a commit once, however often it stands there", () => {
    const { commits } = push("refs/heads/main", "PLAY-1") as { readonly commits: readonly unknown[] };

    expect(entities(tell("push", push("refs/heads/main", "", { commits: [...commits, ...commits] })))).toHaveLength(1);
  });

  it("without its own time has that of its last commit", () => {
    const told = tell("push", changed(push("refs/heads/PLAY-1", "x"), "repository", { pushed_at: undefined }));

    expect(told?.repository?.entries.map(({ updateSequenceId }) => updateSequenceId)).toEqual([BigInt(committedAt)]);
  });
});

describe("a branch that was deleted", () => {
  const gone = {
    deleted: [{ repositoryId: "186853002", type: "branch", id: "~666561747572652f504c41592d32", upTo: BigInt(pushedAt + 999) }],
  };

  it("is told by the push that deletes it, and by its own event", () => {
    const deleted = push("refs/heads/feature/PLAY-2", "", { deleted: true, commits: [], head_commit: null });

    expect(tell("push", deleted)).toEqual(gone);
    expect(tell("delete", { ...payloadOf("delete", {}), ref: "feature/PLAY-2", ref_type: "branch" })).toEqual(gone);
  });

  it("covers what was pushed in the same second", () => {
    const pushed = tell("push", changed(push("refs/heads/PLAY-2", ""), "head_commit", { timestamp: "2019-05-15T15:20:57Z" }));

    expect(pushed?.repository?.entries[0]?.updateSequenceId).toBe(gone.deleted[0]?.upTo);
  });

  it.each([
    ["a tag", { ref: "PLAY-2", ref_type: "tag" }],
    ["a branch that names no issue", { ref: "main", ref_type: "branch" }],
    [
      "a branch, without a time",
      { ref: "PLAY-2", ref_type: "branch", repository: { ...(payloadOf("delete", {})["repository"] as object), pushed_at: null } },
    ],
  ])("tells nothing where it is %s", (_, members) => {
    expect(tell("delete", { ...payloadOf("delete", {}), ...members })).toBeUndefined();
  });
});

describe("a pull request", () => {
  const updatedAt = Date.parse("2019-05-15T15:20:33Z");

  function pull(action: string, changes: object = {}): Payload {
    return changed(payloadOf("pull_request", { action }), "pull_request", { title: "Greets (PLAY-1)", body: "see play-2", ...changes });
  }

  it("is told with the issues of its title, branches and description", () => {
    const told = tell("pull_request", pull("opened", { comments: 2, review_comments: 3 }));

    expect(entities(told)).toEqual([
      {
        ...{ type: "pull_request", id: "2", displayId: "#2", title: "Greets (PLAY-1)", issueKeys: ["PLAY-1", "PLAY-2"], status: "OPEN" },
        ...{ author: { username: "Codertocat", url: "https://github.com/Codertocat" }, commentCount: 5, updateSequenceId: updatedAt },
        ...{ sourceBranch: "changes", destinationBranch: "master", lastUpdate: "2019-05-15T15:20:33.000Z", reviewers: [] },
        url: "https://github.com/Codertocat/Hello-World/pull/2",
      },
    ]);
  });

  it.each([
    ["opened", {}, "OPEN", 0],
    ["opened", { draft: true }, "DRAFT", 0],
    ["reopened", {}, "OPEN", 1],
    ["edited", {}, "OPEN", 1],
    ["synchronize", {}, "OPEN", 1],
    ["converted_to_draft", { updated_at: "2019-05-15T15:20:33Z" }, "DRAFT", 1],
    ["ready_for_review", { updated_at: "2019-05-15T15:20:33Z" }, "OPEN", 1],
    ["closed", { updated_at: "2019-05-15T15:20:33Z", merged_at: null }, "DECLINED", 2],
    ["closed", { updated_at: "2019-05-15T15:20:33Z", merged_at: "2019-05-15T15:20:33Z", merged: true }, "MERGED", 3],
  ])("that was %s with %j is %s, and in its place among those of its second", (action, changes, status, rank) => {
    const base = action === "edited" ? { ...pull("opened", changes), action, changes: {} } : pull(action, changes);

    const [told, ...others] = entities(tell("pull_request", base));

    expect([told?.["status"], told?.["updateSequenceId"], others]).toEqual([status, updatedAt + rank, []]);
  });

  it("tells who is asked to review it", () => {
    const [told] = entities(tell("pull_request", pull("review_requested", { requested_reviewers: [{ login: "ada" }] })));

    expect(told?.["reviewers"]).toEqual([{ username: "ada", approvalStatus: "UNAPPROVED" }]);
  });

  it("that named an issue until it was edited is there no more", () => {
    const edited = { ...pull("opened", { title: "Greets", body: null }), action: "edited" };

    expect(tell("pull_request", { ...edited, changes: { title: { from: "Greets (PLAY-1)" } } })).toEqual({
      deleted: [{ repositoryId: "186853002", type: "pull_request", id: "2", upTo: BigInt(updatedAt + 1) }],
    });
    expect(tell("pull_request", { ...edited, changes: { title: { from: "Hello" } } })).toBeUndefined();
  });

  it.each(["assigned", "labeled", "locked"])("that was %s tells nothing new", (action) => {
    expect(tell("pull_request", pull(action))).toBeUndefined();
  });
});

describe("other events", () => {
  it("tell nothing, and what was recorded of those that may can be read", () => {
    for (const { name, examples } of recorded) {
      for (const example of examples) {
        const told = tell(name, example);
        if (!["push", "delete", "pull_request"].includes(name)) expect(told).toBeUndefined();
      }
    }
  });
});

describe("where it is told", () => {
  const told = push("refs/heads/main", "PLAY-1");
  const at = (url: string): Payload => changed(told, "repository", { html_url: `${url}/Codertocat/Hello-World` });

  it("is never the place of another GitHub, or of what came with another secret", () => {
    const own = tell("push", told);
    const enterprise = tell("push", at("https://git.example.org:8443/hub"), {
      config: { enterpriseUrl: "https://git.example.org:8443/hub" },
    });
    const registered = tell("push", told, { sender: { key: "connector-3", url: "https://api.github.com" } });
    const other = tell("push", at("https://git.example.org"), { sender: { key: "connector-4", url: "https://git.example.org/api/v3" } });

    expect([own, enterprise, registered, other].map((each) => each?.repository?.id)).toEqual([
      "186853002",
      "git.example.org_3a_8443_2f_hub~186853002",
      "connector-3~github.com~186853002",
      "connector-4~git.example.org~186853002",
    ]);
    for (const each of [own, enterprise, registered, other]) expect(each?.repository?.id).toMatch(/^[A-Za-z0-9~._-]{1,1024}$/);
  });

  it.each([
    ["at another address", { key: "connector-3", url: "https://git.example.org" }],
    ["among other projects", { key: "connector-3", url: "https://github.com", projects: ["octo/other"] }],
  ])("a registered GitHub has no say in repositories %s", (_, sender) => {
    expect(tell("push", told, { sender })).toBeUndefined();
  });
});
