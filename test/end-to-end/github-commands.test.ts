import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, bot, hear, said, type, type EndToEnd } from "../support/end-to-end.js";
import { GitHubSide, gitHubTokens, readDataFolder, repositoryType } from "../support/github-side.js";
import type { GitHubFault } from "../support/github-http.js";
import type { GitHubStandIn } from "../support/github-stand-in.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";
import type { SwitchboardProcess } from "../support/switchboard-process.js";

interface Relation {
  readonly event_id?: string;
  readonly key?: string;
}

const everybody = { actor: "*", services: [{ service: "*", level: "manageConnections" }] };
const administrator = { actor: "@root:localhost", services: [{ service: "github", level: "admin" }] };

let side: GitHubSide;
let all: EndToEnd;
let gitHub: GitHubStandIn;
/** Ada at GitHub. */
let alice: MatrixPerson;
let aliceChat: string;
/** Nobody at GitHub. */
let bob: MatrixPerson;
/** Bo at GitHub, who may only read. */
let carol: MatrixPerson;

beforeAll(async () => {
  side = await GitHubSide.start({ sections: { permissions: [everybody, administrator], logging: { level: "trace", json: true } } });
  ({ all, gitHub } = side);
  [alice, bob, carol] = await Promise.all([all.person("alice"), all.person("bob"), all.person("carol")]);
  aliceChat = await side.logIn(alice, "ada");
  await side.logIn(carol, "bo");
});

afterEach(() => gitHub.failWith());

afterAll(() => side.stop());

/** A room of Alice's that hears nothing of issues, so that what the bot says is answers. All of them may type. */
async function quietRoom(settings: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const roomId = await all.roomWithBot(alice, { invite: [bob.userId, carol.userId] });
  await Promise.all([bob.join(roomId), carol.join(roomId)]);
  await side.setState(alice, roomId, { enableHooks: ["star"], ...settings }, "octo/hello");
  return roomId;
}

async function newIssue(title = "Oil the swing"): Promise<number> {
  return (await gitHub.createIssue("octo/hello", title, "octo")).number;
}

async function newPull(title = "Add oil"): Promise<number> {
  return (await gitHub.createPull("octo/hello", title, "octo")).number;
}

/** The bot's first reaction to an event. */
async function reactionOn(person: MatrixPerson, roomId: string, eventId: string): Promise<unknown> {
  const relationOf = ({ content }: ClientEvent): Relation => content["m.relates_to"] ?? {};
  const fits = (event: ClientEvent): boolean =>
    event.type === "m.reaction" && event.sender === bot && relationOf(event).event_id === eventId;
  return relationOf(await person.waitForEvent(roomId, fits, { what: "a reaction" })).key;
}

async function reactionTo(roomId: string, text: string): Promise<unknown> {
  return reactionOn(alice, roomId, await alice.sendText(roomId, text));
}

/** Waits until a message is redacted. */
async function waitForRedaction(person: MatrixPerson, roomId: string, eventId: string): Promise<void> {
  const isGone = async (): Promise<true | undefined> => {
    const event = (await person.readTimeline(roomId, 500)).find(({ event_id: id }) => id === eventId);
    return event !== undefined && Object.keys(event.content).length === 0 ? true : undefined;
  };
  await poll(isGone, { what: `the redaction of ${eventId}`, timeoutMs: 20_000 });
}

/** What GitHub was asked for since, by name. */
function requestsSince(before: number): readonly string[] {
  return gitHub.requests.slice(before).map(({ name }) => name);
}

describe("a personal access token", () => {
  let dave: MatrixPerson;
  let chat: string;

  beforeAll(async () => {
    dave = await all.person("dave");
    chat = await all.directChat(dave);
  });

  /** Types it and gives the answer, once the message is redacted. */
  async function typeToken(text: string, roomId = chat): Promise<string> {
    const answer = await type(dave, roomId, text);
    const [typed] = (await dave.readTimeline(roomId, 500)).filter(({ sender }) => sender === dave.userId).slice(-1);
    await waitForRedaction(dave, roomId, typed?.event_id ?? "");
    return bodyOf(answer);
  }

  it("is asked for by `github login`, with the page where it is made", async () => {
    const answer = await answerTo(dave, chat, "github login");

    expect(answer).toContain("The bridge is not configured with GitHub OAuth support.");
    expect(answer).toContain(`${gitHub.url}/settings/tokens`);
    expect(await answerTo(dave, chat, "github status")).toBe("You are not authenticated, please login.");
  });

  it("is tried before it is kept, and its message is redacted each time", async () => {
    expect(await typeToken("github setpersonaltoken ghp_planted_but_wrong")).toBe(
      "Could not authenticate with GitHub. Is your token correct?\n\nYour message was removed, because it held a secret.",
    );
    expect(await answerTo(dave, chat, "github status")).toBe("You are not authenticated, please login.");
    expect(await typeToken(`github setpersonaltoken ${gitHubTokens.ada} and more`)).not.toContain(gitHubTokens.ada);
    expect(await typeToken(`github setpersonaltoken ${gitHubTokens.ada}`)).toMatch(/^Connected as ada\. Token stored\.\n/);
    expect(await answerTo(dave, chat, "github status")).toBe("You are logged in as ada");
  });

  it("that is typed in a room is refused, redacted, and said to be revoked", async () => {
    const roomId = await all.roomWithBot(dave);

    const answer = await typeToken(`!hookshot github setpersonaltoken ${gitHubTokens.bo}`, roomId);

    expect(answer).toContain("direct chat");
    expect(answer).toContain("revoke");
  });

  it.each<{ readonly fault: GitHubFault; readonly says: string }>([
    { fault: { kind: "status", status: 401 }, says: "Your authentication is no longer valid, please login again." },
    { fault: { kind: "page" }, says: "The bridge was unable to authenticate as you, please login again." },
  ])("is said not to work any more where GitHub does not take it: $fault.kind", async ({ fault, says }) => {
    gitHub.failWith(fault);

    expect(await answerTo(dave, chat, "github status")).toContain(says);
  });

  it("is in no log, no metric, no room and not in the data folder, and survives a restart", async () => {
    const roomId = await all.roomWithBot(dave);
    await answerTo(dave, roomId, "!connect github octo/hello");
    const told = JSON.stringify([await dave.readTimeline(chat, 500), await dave.readTimeline(roomId, 500), await dave.getState(roomId)]);
    const metrics = await all.metrics();
    await all.stopSwitchboard();

    const stored = await readDataFolder(all.installation.dataFolder);

    await all.startSwitchboard();
    expect(await answerTo(dave, chat, "github status")).toBe("You are logged in as ada");
    expect(stored).toContain(dave.userId);
    const secrets = [...Object.values(gitHubTokens), "ghp_planted_but_wrong", side.webhookSecret, gitHub.app.privateKey.split("\n")[1]];
    const places = { told, metrics, stored, log: all.log.join("\n") };
    for (const [place, text] of Object.entries(places)) {
      expect({ place, found: secrets.filter((secret) => secret === undefined || text.includes(secret)) }).toEqual({ place, found: [] });
      expect({ place, found: /ghs_\d+/.test(text) }).toEqual({ place, found: false });
    }
  });

  it("is forgotten by `github logout`, which says where it is revoked", async () => {
    expect(await answerTo(dave, chat, "github logout")).toBe(
      `Your GitHub token is forgotten. It works until you revoke it at ${gitHub.url}/settings/tokens`,
    );
    expect(await answerTo(dave, chat, "github status")).toBe("You are not authenticated, please login.");
    expect(await answerTo(dave, chat, "github logout")).toBe("You are not logged in to GitHub.");
  });
});

describe("a room is connected", () => {
  it("by `!connect github owner/name`, in GitHub's own spelling, with options", async () => {
    const roomId = await all.roomWithBot(alice);

    const answer = await answerTo(alice, roomId, "!connect github OCTO/Hello enableHooks=issue.created,push");

    expect(answer).toContain("octo/hello");
    expect(await alice.getStateContent(roomId, repositoryType, "octo/hello")).toMatchObject({
      org: "octo",
      repo: "hello",
      enableHooks: ["issue.created", "push"],
    });
    await newIssue("By its name");
    await hear(alice, roomId, `created new issue [octo/hello#`);
  });

  it("by `!connect github` and the address from the browser", async () => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, `!connect github ${gitHub.url}/octo/hello/issues`)).toContain("octo/hello");

    await newIssue("By its address");
    await hear(alice, roomId, "By its address");
  });

  it("by Hookshot's `!hookshot github repo <url>`, which reacts and answers in Hookshot's words", async () => {
    const roomId = await all.roomWithBot(alice);
    const typed = `!hookshot github repo ${gitHub.url}/Octo/hello`;

    expect(await answerTo(alice, roomId, typed)).toBe("Room configured to bridge octo/hello");

    const asked = await alice.waitForEvent(roomId, (event) => bodyOf(event) === typed);
    expect(await reactionOn(alice, roomId, asked.event_id)).toBe("✅");
    await newIssue("By Hookshot's command");
    await hear(alice, roomId, "By Hookshot's command");
  });

  it("by state that somebody wrote who may write to the repository, and not by others' state", async () => {
    const roomId = await all.roomWithBot(alice, { power_level_content_override: { state_default: 0 }, invite: [bob.userId, carol.userId] });
    await Promise.all([bob.join(roomId), carol.join(roomId)]);
    const write = async (person: MatrixPerson, key: string, repo = "hello"): Promise<string> => {
      await person.sendState(roomId, repositoryType, key, { org: "octo", repo });
      return answerTo(alice, roomId, "!connections");
    };

    const answers = [await write(bob, "bobs"), await write(carol, "carols", "alone"), await write(alice, "alices", "secret")];

    expect(answers[0]).toContain("not approved, whoever wrote the state is not logged into GitHub");
    expect(answers[1]).toContain("They need write permissions there");
    expect(answers[2]).toMatch(/octo\/secret.*: active/);
  });

  it("once: the second time says so", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect github octo/hello enableHooks=star");

    expect(await answerTo(alice, roomId, "!connect github octo/hello")).toContain("already connected");
  });

  const elsewhere = "https://gitlab.example.org/octo/hello";

  it.each<{ readonly who: "alice" | "bob" | "carol"; readonly typed: string; readonly own: RegExp; readonly hookshots: RegExp }>([
    {
      who: "bob",
      typed: "octo/hello",
      own: /^You are not logged into GitHub\. .*github setpersonaltoken/,
      hookshots: /You are not logged into GitHub\. Start a DM with this bot and use the command `?github login`?\./,
    },
    { who: "carol", typed: "octo/hello", own: /write permissions/, hookshots: /You must at least have write permissions to bridge/ },
    { who: "carol", typed: "octo/secret", own: /does the repository exist\?/, hookshots: /does the repository exist\?/ },
    { who: "alice", typed: "octo/nowhere", own: /does the repository exist\?/, hookshots: /does the repository exist\?/ },
    {
      who: "alice",
      typed: "octo/alone",
      own: /You need to add a GitHub App .*\/apps\/switchboard\/installations\/new/,
      hookshots: /You need to add a GitHub App .*\/apps\/switchboard\/installations\/new/,
    },
    {
      who: "alice",
      typed: elsewhere,
      own: /is no repository at http:\/\/127\.0\.0\.1/,
      hookshots: /The GitHub url you entered was not valid\./,
    },
    { who: "alice", typed: "../..", own: /is no repository at/, hookshots: /The GitHub url you entered was not valid\./ },
  ])("never: $who and $typed are refused with the remedy", async ({ who, typed, own, hookshots }) => {
    const person = { alice, bob, carol }[who];
    const roomId = await all.roomWithBot(person);
    const address = typed === elsewhere ? typed : `${gitHub.url}/${typed}`;

    const answers = [
      await answerTo(person, roomId, `!connect github ${typed}`),
      await answerTo(person, roomId, `!hookshot github repo ${address}`),
    ];

    expect(answers[0]).toMatch(own);
    expect(answers[1]).toContain("Failed to handle command: ");
    expect(answers[1]).toMatch(hookshots);
    expect((await person.getState(roomId)).filter((event) => event.type === repositoryType)).toEqual([]);
  });

  it("as soon as the App is installed there, and not where it is suspended", async () => {
    gitHub.addOrganization("acme");
    gitHub.addRepository("acme/app", { permissions: { ada: "write" } });
    const connect = async (): Promise<string> => answerTo(alice, await all.roomWithBot(alice), "!connect github acme/app");

    const before = await connect();
    const installation = await gitHub.install("acme");
    const installed = await connect();
    await gitHub.suspend(installation);
    const refused = async (): Promise<string | undefined> => {
      const answer = await connect();
      return answer.includes("You need to add a GitHub App") ? answer : undefined;
    };

    expect(before).toContain("You need to add a GitHub App");
    expect(installed).toContain("Connected to GitHub repository acme/app");
    await poll(refused, { what: "a refusal", timeoutMs: 60_000, everyMs: 1_000 });
  });

  it("not while GitHub cannot be reached, which is said", async () => {
    const roomId = await all.roomWithBot(alice);
    gitHub.failWith({ kind: "status", status: 503 });

    const answers = [
      await answerTo(alice, roomId, "!connect github octo/hello"),
      await answerTo(alice, roomId, `!hookshot github repo ${gitHub.url}/octo/hello`),
    ];

    for (const answer of answers) expect(answer).toMatch(/GitHub \(http:\/\/127.*(failed \(503\)|gave no answer)/);
  });

  it.each([
    { how: "`!disconnect github owner/name`", typed: () => "!disconnect github octo/hello" },
    { how: "`!disconnect github` and the address", typed: () => `!disconnect github ${gitHub.url}/octo/hello` },
    { how: "`!hookshot github remove <url>`", typed: () => `!hookshot github remove ${gitHub.url}/octo/hello` },
  ])("until $how", async ({ typed }) => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect github octo/hello");
    expect(await answerTo(alice, roomId, "!hookshot github list")).toContain(`${gitHub.url}/octo/hello`);

    await answerTo(alice, roomId, typed());

    expect(await answerTo(alice, roomId, "!hookshot github list")).toBe("Not connected to any GitHub repositories");
    await newIssue("For nobody any more");
    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
    expect((await said(alice, roomId)).join("\n")).not.toContain("For nobody any more");
  });
});

describe("commands act as the person who types them", () => {
  let roomId: string;

  beforeAll(async () => {
    roomId = await quietRoom({ newIssue: { labels: ["from-chat"] } });
  });

  it("create makes an issue with the connection's labels and the typed ones, and reacts with its number", async () => {
    const number = gitHub.repository("octo/hello").issues.length + 1;

    expect(await reactionTo(roomId, `!gh create "Oil it" 'It squeaks *loudly*' bug,urgent`)).toBe(`Issue #${number}`);

    const { title, body, author, labels } = gitHub.issue("octo/hello", number);
    expect([title, body, author.login]).toEqual(["Oil it", "It squeaks *loudly*", "ada"]);
    expect(labels.map(({ name }) => name)).toEqual(["bug", "urgent", "from-chat"]);
  });

  it("create takes the rest of the line as the title, apostrophes and all", async () => {
    const number = gitHub.repository("octo/hello").issues.length + 1;

    expect(await reactionTo(roomId, "!gh create it's broken, isn't it")).toBe(`Issue #${number}`);

    expect(gitHub.issue("octo/hello", number).title).toBe("it's broken, isn't it");
  });

  it("assign takes people, oneself, and the newest issue", async () => {
    const older = await newIssue();
    const newest = await newIssue();

    expect(await reactionTo(roomId, `!gh assign ${older} octo,bo`)).toBe("✅");
    expect(await reactionTo(roomId, "!gh assign")).toBe("✅");

    const assigned = (number: number): readonly string[] => gitHub.issue("octo/hello", number).assignees.map(({ login }) => login);
    expect([new Set(assigned(older)), assigned(newest)]).toEqual([new Set(["octo", "bo"]), ["ada"]]);
  });

  it("close and reopen, with a comment if there is one", async () => {
    const number = await newIssue();

    expect(await reactionTo(roomId, `!gh close ${number} Done, it's fine`)).toBe("✅");
    const between = gitHub.issue("octo/hello", number).state;
    expect(await reactionTo(roomId, `!gh reopen ${number}`)).toBe("✅");

    expect([between, gitHub.issue("octo/hello", number).state]).toEqual(["closed", "open"]);
    expect(gitHub.issue("octo/hello", number).comments).toMatchObject([{ body: "Done, it's fine", author: { login: "ada" } }]);
  });

  it("workflow run starts one by its name, with arguments and a ref, or on the default branch", async () => {
    const [build, nightly] = gitHub.repository("octo/hello").workflows;

    expect(await answerTo(alice, roomId, "!gh workflow run build")).toBe("Workflow started.");
    expect(await answerTo(alice, roomId, `!gh workflow run "Nightly tests" os=linux,level=2 topic`)).toBe("Workflow started.");

    expect(build?.runs).toEqual([{ ref: "main", inputs: {}, by: "ada" }]);
    expect(nightly?.runs).toEqual([{ ref: "topic", inputs: { os: "linux", level: "2" }, by: "ada" }]);
  });

  it("view shows an issue; what GitHub says stays text", async () => {
    const { number } = await gitHub.createIssue("octo/hello", "Oil <b>the</b> *swing*", "octo", { body: "[here](https://evil.example)" });

    const { content } = await type(alice, roomId, `!gh view ${number}`);

    expect(content["body"]).toContain("Oil <b>the</b> *swing*");
    expect(content["formatted_body"]).toContain(`<a href="${gitHub.url}/octo/hello/issues/${number}">#${number}</a>`);
    expect(content["formatted_body"]).not.toMatch(/<b>the|href="https:\/\/evil/);
  });

  it("comment and review say what was done", async () => {
    const number = await newPull();

    expect(await answerTo(alice, roomId, `!gh comment #${number} it's *fine*`)).toContain(`Commented on [#${number}](`);
    expect(await answerTo(alice, roomId, `!gh review ${gitHub.url}/octo/hello/pull/${number} approve well done`)).toContain("Approved [#");

    const { comments, pull } = gitHub.issue("octo/hello", number);
    expect(comments).toMatchObject([{ body: "it's *fine*", author: { login: "ada" } }]);
    expect(pull?.reviews).toMatchObject([{ event: "APPROVE", body: "well done", author: { login: "ada" } }]);
  });

  it("help lists them", async () => {
    const answer = await answerTo(alice, roomId, "!gh help");

    for (const name of ["create", "assign", "close", "workflow run", "view", "comment", "reopen", "review", "help"]) {
      expect(answer).toContain(`!gh ${name}`);
    }
  });

  it("another prefix takes the place of `!gh`", async () => {
    const other = await quietRoom({ commandPrefix: "!forge" });

    expect(await answerTo(alice, other, "!forge help")).toContain("!forge create");
    const number = await newIssue();
    expect(await reactionTo(other, `!forge close ${number}`)).toBe("✅");
  });
});

describe("who is refused is told the remedy, and GitHub is not changed", () => {
  let roomId: string;
  let number: number;

  beforeAll(async () => {
    roomId = await quietRoom();
    number = await newIssue("The subject");
  });

  const changing = ["create No", "assign N octo", "close N", "reopen N", "workflow run Build", "comment N No", "review N approve"];

  it.each([...changing, "view N"])("without a login: %s, and GitHub hears nothing of it", async (typed) => {
    const before = gitHub.requests.length;

    const answer = await answerTo(bob, roomId, `!gh ${typed.replace("N", String(number))}`);

    expect(answer).toMatch(/^Failed to handle command: You are not logged in\. .*github setpersonaltoken/);
    expect(answer).toContain(`${gitHub.url}/settings/tokens`);
    expect(requestsSince(before).filter((name) => !name.startsWith("GET /app"))).toEqual([]);
  });

  it.each(["assign N octo", "close N", "workflow run Build"])("who may only read: %s", async (typed) => {
    const before = gitHub.changes.length;

    const answer = await answerTo(carol, roomId, `!gh ${typed.replace("N", String(number))}`);

    expect(answer).toMatch(/^Failed to handle command: GitHub \(http:\/\/127\.0\.0\.1:\d+\) forbids this \(403\)\./);
    expect(answer).toContain("the scope `repo`");
    expect(gitHub.changes).toHaveLength(before);
  });

  it.each([
    { typed: "create", says: /Missing at least one required parameter\./ },
    { typed: "close", says: /Missing at least one required parameter\./ },
    { typed: "comment 1", says: /Missing at least one required parameter\./ },
    { typed: "view 99999", says: /There is no #99999 in octo\/hello/ },
    { typed: "close 99999", says: /does not find this \(404\)/ },
    { typed: "close swing", says: /"swing" is no issue\. Type its number/ },
    { typed: "close octo/other#1", says: /That is in octo\/other, and this room is connected to octo\/hello\. Connect it with/ },
    { typed: "assign N ../x", says: /"\.\.\/x" is no GitHub account/ },
    { typed: "workflow run Deploy", says: /Could not find a workflow by the name of "Deploy"\. .* are Build, Nightly tests/ },
    { typed: "workflow run Build linux", says: /Arguments are written `name=value`/ },
    { typed: "review N maybe", says: /"maybe" is no verdict\. Type `approve`, `request-changes` or `comment`\./ },
    { typed: "review N approve", says: /is an issue, and only pull requests are reviewed/ },
  ])("who mistypes: `!gh $typed`", async ({ typed, says }) => {
    const before = gitHub.changes.length;
    const asked = await alice.sendText(roomId, `!gh ${typed.replace("N", String(number))}`);

    expect(await reactionOn(alice, roomId, asked)).toBe("⛔");
    const answer = await alice.waitForEvent(roomId, (event) => event.type === "m.room.message" && event.sender === bot, { after: asked });
    expect(bodyOf(answer)).toContain("Failed to handle command: ");
    expect(bodyOf(answer)).toMatch(says);
    expect(gitHub.changes).toHaveLength(before);
  });

  it.each<{ readonly fault: GitHubFault; readonly says: RegExp }>([
    {
      fault: { kind: "status", status: 401 },
      says: /does not accept your token \(401\)\. Make a new one there, then .*github setpersonaltoken/,
    },
    { fault: { kind: "status", status: 410, message: "Issues are disabled for this repo" }, says: /\(410\)\. Issues are disabled/ },
    { fault: { kind: "rate-limit", resetInSeconds: 600 }, says: /takes no more requests for now\. Try again in (10|11) minutes\./ },
    { fault: { kind: "secondary-limit", retryAfterSeconds: 90 }, says: /Try again in 90 seconds\./ },
    { fault: { kind: "page" }, says: /something that is no GitHub answer/ },
  ])("whom GitHub fails: $fault.kind $fault.status, by one notice", async ({ fault, says }) => {
    const before = gitHub.changes.length;
    const heard = (await said(alice, roomId)).length;
    gitHub.failWith(fault);

    const answer = await answerTo(alice, roomId, "!gh create Never");
    gitHub.failWith();
    await answerTo(alice, roomId, "!connections");

    expect(answer).toContain("Failed to handle command: ");
    expect(answer).toMatch(says);
    expect(answer).not.toContain(gitHubTokens.ada);
    expect(gitHub.changes).toHaveLength(before);
    expect(await said(alice, roomId)).toHaveLength(heard + 2);
  });

  it.each<{ readonly what: string; readonly fault: GitHubFault }>([
    { what: "was cut", fault: { kind: "cut", only: /^POST .*\/issues$/, isCarriedOut: true } },
    { what: "was lost in a failure", fault: { kind: "status", status: 502, only: /^POST .*\/issues$/, isCarriedOut: true } },
  ])("a change whose answer $what is made once, said to be unknown, and to look before trying again", async ({ fault }) => {
    const before = gitHub.changes.length;
    gitHub.failWith(fault);

    const answer = await answerTo(alice, roomId, "!gh create Made without a word");

    expect(answer).toMatch(/It may have been done all the same: look there before you try again\./);
    expect(gitHub.changes.slice(before).map(({ what }) => what)).toEqual(["created"]);
  });

  it("who lacks the level `commands` gets nothing but the sentence", async () => {
    await all.restartSwitchboard({ permissions: [{ actor: alice.userId, services: [{ service: "github", level: "manageConnections" }] }] });
    const before = gitHub.changes.length;

    const answer = await answerTo(carol, roomId, "!gh create No").finally(() =>
      all.restartSwitchboard({ permissions: [everybody, administrator] }),
    );

    expect(answer).toContain("You do not have permission to use this command.");
    expect(gitHub.changes).toHaveLength(before);
  });
});

describe("what people do to messages", () => {
  let roomId: string;

  beforeAll(async () => {
    roomId = await quietRoom({ enableHooks: ["issue.created", "pull_request.opened"] });
  });

  async function react(person: MatrixPerson, event: string, key: string): Promise<void> {
    await person.send(roomId, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: event, key } });
  }

  function reply(person: MatrixPerson, event: string, body: string, more: object = {}): Promise<string> {
    return person.send(roomId, "m.room.message", {
      msgtype: "m.text",
      body,
      "m.relates_to": { "m.in_reply_to": { event_id: event } },
      ...more,
    });
  }

  it("carries reactions over to the issue, as who reacted, and closes and opens by emoji", async () => {
    const number = await newIssue("To react to");
    const { event_id: event } = await hear(alice, roomId, "To react to");
    const done = (pattern: RegExp): Promise<string> => gitHub.carriedOut(pattern);

    const reacted = done(/\/reactions$/);
    await react(bob, event, "👎");
    await react(alice, event, "❤️");
    await reacted;
    const closed = done(/^PATCH .*\/issues\/\d+$/);
    await react(alice, event, "🗑️");
    await closed;
    const between = gitHub.issue("octo/hello", number).state;
    const opened = done(/^PATCH .*\/issues\/\d+$/);
    await react(alice, event, "👐");
    await opened;

    expect(gitHub.issue("octo/hello", number).reactions).toEqual([{ content: "heart", by: "ada" }]);
    expect([between, gitHub.issue("octo/hello", number).state]).toEqual(["closed", "open"]);
  });

  it("means nothing below a message that somebody else made look like ours", async () => {
    const number = await newIssue("To be imitated");
    const { content } = await hear(alice, roomId, "To be imitated");
    const imitation = await bob.send(roomId, "m.room.message", content);

    await react(alice, imitation, "🗑️");
    expect(await reactionTo(roomId, "!gh view 99999")).toBe("⛔");

    expect(gitHub.issue("octo/hello", number).state).toBe("open");
  });

  it.each([
    { kind: "a modern reply", body: "✅ well done", event: "APPROVE", text: "well done" },
    {
      kind: "a reply with the older fallback",
      body: "> <@bot> opened a new PR\n\n🔴 too much oil",
      event: "REQUEST_CHANGES",
      text: "too much oil",
    },
  ])("reviews a pull request by $kind", async ({ body, event, text }) => {
    const number = await newPull(`For ${event}`);
    const message = await hear(alice, roomId, `For ${event}`);
    const reviewed = gitHub.carriedOut(/\/reviews$/);

    await reply(alice, message.event_id, body);
    await reviewed;

    expect(gitHub.issue("octo/hello", number).pull?.reviews).toMatchObject([{ event, body: text, author: { login: "ada" } }]);
  });

  it("tells why a review by reply failed, and what to do", async () => {
    await newPull("Not reviewed");
    const message = await hear(alice, roomId, "Not reviewed");

    const wordless = await reply(alice, message.event_id, "🔴");
    expect(await reactionOn(alice, roomId, wordless)).toBe("⛔");
    await hear(alice, roomId, "Failed to submit review: ");
    const stranger = await reply(bob, message.event_id, "✅");
    expect(await reactionOn(alice, roomId, stranger)).toBe("⛔");
    await hear(alice, roomId, "Failed to submit review: You are not logged in. Make a personal access token");
  });

  it("links the first issue or pull request that a message names, and none in code, quotes and edits", async () => {
    const issue = await newIssue("To be <linked>");
    const pull = await newPull("To be pulled");
    const before = (await said(alice, roomId)).length;

    for (const body of [`\`#${issue}\``, `> #${issue}`, `x#${issue}`, "#99999"]) await bob.sendText(roomId, body);
    await bob.sendText(roomId, `see #${issue} and #${pull}`);
    const { content } = await hear(alice, roomId, `Issue [#${issue}]`);
    await bob.sendText(roomId, `#${pull}`);
    await hear(alice, roomId, `Pull Request [#${pull}](${gitHub.url}/octo/hello/pull/${pull}): To be pulled (open)`);

    const url = `${gitHub.url}/octo/hello/issues/${issue}`;
    expect(content).toMatchObject({
      msgtype: "m.notice",
      body: `Issue [#${issue}](${url}): To be <linked> (open)`,
      formatted_body: `Issue <a href="${url}">#${issue}</a>: To be &lt;linked&gt; (open)`,
      "m.mentions": {},
    });
    const links = (await said(alice, roomId)).slice(before).filter((body) => /^(Issue|Pull Request) \[/.test(body));
    expect(links).toHaveLength(2);
  });

  it("follows the room's prefix before the configuration's", async () => {
    const issue = await newIssue("By another prefix");
    const room = await quietRoom({ hotlinkIssues: { prefix: "hello-" }, showIssueRoomLink: true });
    const github = await side.section();
    await all.restartSwitchboard({ github: { ...github, defaultOptions: { hotlinkIssues: false } } });

    await bob.sendText(room, `#${issue}`);
    await bob.sendText(room, `hello-${issue}`);
    const linked = await hear(alice, room, `Issue [#${issue}]`);

    expect(bodyOf(linked)).toMatch(new RegExp(` \\[Issue Room]\\(https://matrix\\.to/#/#github_octo_hello_${issue}:localhost\\)$`));
    await alice.sendText(roomId, `#${issue}`);
    expect(await reactionTo(roomId, "!gh view 99999")).toBe("⛔");
    expect((await said(alice, roomId)).join("\n")).not.toContain(`Issue [#${issue}]`);
    await all.restartSwitchboard({ github });
  });
});

describe("administrators", () => {
  let root: MatrixPerson;
  let rootChat: string;

  beforeAll(async () => {
    root = await all.person("root");
    rootChat = await all.directChat(root);
  });

  it("list all connections in their direct chat and end one of any room by its id; others may not", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect github octo/secret");
    const list = await answerTo(root, rootChat, "github list-connections");
    const line = list.split("\n").find((text) => text.includes(roomId)) ?? "";
    const [, id = ""] = / as `?([^`\s]+)`?$/.exec(line) ?? [];

    const refused = [
      await answerTo(alice, aliceChat, "github list-connections"),
      await answerTo(alice, aliceChat, `disconnect ${roomId} ${id}`),
    ];
    const between = await answerTo(alice, roomId, "!connections");
    const answers = [
      await answerTo(root, rootChat, `disconnect ${roomId} ${id}`),
      await answerTo(root, rootChat, `disconnect ${roomId} ${id}`),
      await answerTo(root, rootChat, "github list-connections"),
    ];

    expect(list).toContain("Repositories:");
    expect(line).toContain("octo/secret");
    for (const answer of refused) expect(answer).toContain("permission");
    expect(between).toContain("octo/secret");
    expect(answers.slice(0, 2)).toEqual(["Connection removed successfully", "Connection not found"]);
    expect(answers[2]).not.toContain(roomId);
    expect(await answerTo(alice, roomId, "!connections")).not.toContain("octo/secret");
    expect(await alice.getStateContent(roomId, repositoryType, "octo/secret")).toMatchObject({ disabled: true });
  });
});

describe("an Enterprise Server", () => {
  it("is the only place that is asked, below /api/v3, and the one that answers lead to", async () => {
    const roomId = await quietRoom();
    const before = gitHub.requests.length;
    const issue = await newIssue("At the Enterprise Server");

    const answer = await answerTo(alice, roomId, `!gh view ${issue}`);
    const elsewhere = await answerTo(alice, roomId, `!gh view https://github.com/octo/hello/issues/${issue}`);

    expect(answer).toContain(`${gitHub.url}/octo/hello/issues/${issue}`);
    expect(elsewhere).toContain("is no issue");
    expect(requestsSince(before)).toContain(`GET /repos/octo/hello/issues/${issue}`);
    // A request beside the API's path has no name there.
    expect(gitHub.requests.filter(({ name }) => !/^[A-Z]+ \/./.test(name))).toEqual([]);
    expect(all.log.join("\n")).not.toContain("api.github.com");
  });
});

// Switchboard is a process of its own from here on, and ended by SIGKILL.
describe("create, killed", () => {
  let running: SwitchboardProcess;
  let roomId: string;

  beforeAll(async () => {
    roomId = await quietRoom();
    await all.stopSwitchboard();
    running = await all.startProcess();
  });

  afterAll(() => running.kill());

  async function restart(): Promise<void> {
    await running.kill();
    gitHub.failWith();
    running = await all.startProcess();
  }

  /** What the bot says in the room about the command; nothing more comes, because a later question has its answer. */
  async function tellings(command: string): Promise<readonly string[]> {
    const isOfBot = ({ sender, type: kind }: ClientEvent): boolean =>
      sender === bot && (kind === "m.room.message" || kind === "m.reaction");
    await alice.waitForEvent(roomId, isOfBot, { after: command, timeoutMs: 60_000, what: "what became of the command" });
    expect(await answerTo(alice, roomId, "!connections")).toContain("octo/hello");
    const timeline = await alice.readTimeline(roomId, 200);
    const since = timeline.slice(timeline.findIndex((event) => event.event_id === command)).filter(isOfBot);
    return since.map((event) => bodyOf(event) || ((event.content["m.relates_to"] ?? {}) as Relation).key || "").slice(0, -1);
  }

  it.each([
    { when: "after GitHub made the issue and before its answer", fault: { isCarriedOut: true } as const, made: 1 },
    { when: "before GitHub made the issue", fault: {}, made: 0 },
  ])("$when: it is asked for once, and the room is told that nobody knows", async ({ fault, made }) => {
    const issues = (): number => gitHub.repository("octo/hello").issues.length;
    const asked = (): number => gitHub.requests.filter(({ name }) => name === "POST /repos/octo/hello/issues").length;
    const before = [issues(), asked()] as const;
    gitHub.failWith({ kind: "silent", only: /^POST .*\/issues$/, ...fault });
    const reached = made === 1 ? gitHub.carriedOut(/^POST .*\/issues$/) : gitHub.received(/^POST .*\/issues$/);
    const command = await alice.sendText(roomId, "!gh create Killed in the middle");
    await reached;

    await restart();

    const told = (await tellings(command)).filter((text) => text !== "⛔");
    expect(told).toEqual([expect.stringMatching(/is not known.*look/is) as unknown]);
    expect([issues(), asked()]).toEqual([before[0] + made, before[1] + 1]);
  });

  it("after GitHub's answer: there is one issue, and the room hears of the command once", async () => {
    const issues = (): number => gitHub.repository("octo/hello").issues.length;
    const before = issues();
    const command = await alice.sendText(roomId, "!gh create Answered in time");
    await poll(async () => (issues() > before ? true : undefined), { what: "the issue", timeoutMs: 20_000, everyMs: 1 });

    await restart();

    const told = (await tellings(command)).filter((text) => text !== "⛔");
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^Issue #\d+$|is not known/);
    expect(issues()).toBe(before + 1);
  });
});
