import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountDataPath, answerTo, bot, grantType, hear, membership, type EndToEnd } from "../support/end-to-end.js";
import type { Asked } from "../support/ask.js";
import { runCommandLine, type CliResult } from "../support/cli-run.js";
import { HookSender } from "../support/hook-sender.js";
import { ClientError, type MatrixPerson } from "../support/matrix-client.js";
import { ProvisioningCaller, type ApiAnswer, type ConnectionItem } from "../support/provisioning-caller.js";
import { connectionTypes, ProvisioningSide } from "../support/provisioning-side.js";
import { freePorts } from "../support/free-ports.js";

const { jira: jiraType, gitHub: gitHubType, hook: hookType, outbound: outboundType } = connectionTypes;

let side: ProvisioningSide;
let all: EndToEnd;
/** Logged in everywhere as ada, who sees everything. */
let alice: MatrixPerson;
/** Has connections to manage, and no login. */
let bob: MatrixPerson;
/** May log in and no more, by the configuration. */
let dave: MatrixPerson;
let api: ProvisioningCaller;

beforeAll(async () => {
  const level = (actor: string, wanted: string): object => ({ actor, services: [{ service: "*", level: wanted }] });
  const permissions = [level("*", "login"), level("@alice:localhost", "manageConnections"), level("@bob:localhost", "manageConnections")];
  side = await ProvisioningSide.start({ sections: { permissions } });
  ({ all } = side);
  [alice, bob, dave] = (await Promise.all(["alice", "bob", "dave"].map((name) => all.person(name)))) as [
    MatrixPerson,
    MatrixPerson,
    MatrixPerson,
  ];
  api = side.api(alice);
  await side.logInAtJira(alice);
  await side.logInAtGitHub(alice);
});

afterAll(() => side.stop());

/** A room of Alice's with the others in it; they have no power unless given. */
async function roomWithAll(powers: Readonly<Record<string, number>> = {}): Promise<string> {
  const users = { [alice.userId]: 100, [bot]: 50, ...powers };
  const roomId = await all.roomWithBot(alice, { invite: [bob.userId, dave.userId], power_level_content_override: { users } });
  await Promise.all([bob.join(roomId), dave.join(roomId)]);
  return roomId;
}

function refusal({ status, body }: ApiAnswer): readonly unknown[] {
  return [status, body["errcode"], body["error"]];
}

async function stateOf(roomId: string, type: string, stateKey: string): Promise<unknown> {
  return alice.getStateContent(roomId, type, stateKey);
}

async function grantOf(roomId: string, type: string): Promise<unknown> {
  try {
    return (await all.asOurs("GET", accountDataPath(roomId, type)))["granted"];
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}

function withoutSecrets({ secrets: _secrets, ...item }: ConnectionItem): Omit<ConnectionItem, "secrets"> {
  return item;
}

describe("who may call", () => {
  it("health is told to everybody", async () => {
    for (const authorization of [null, "Bearer wrong", undefined]) {
      const answer = await api.call("GET", "/health", { userId: null, ...(authorization === undefined ? {} : { authorization }) });
      expect([answer.status, answer.text]).toEqual([200, "{}"]);
    }
  });

  it.each(["/connectiontypes", "/!any:localhost/connections", "/jira/account", "/github/oauth"])("%s needs a token", async (path) => {
    for (const authorization of [null, "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc=", "garbage"]) {
      expect(refusal(await api.call("GET", path, { authorization }))).toEqual([401, "HS_BAD_TOKEN", "Unauthorized"]);
    }
  });

  it("a named token and an administrator are let in, a token for another API is not", async () => {
    const { token, otherToken, adminPassword } = side.secrets;
    const basic = `Basic ${Buffer.from(`root:${adminPassword}`).toString("base64")}`;
    const answers = [];
    for (const authorization of [`Bearer ${token}`, basic, `Bearer ${otherToken}`]) {
      answers.push(await api.call("GET", "/connectiontypes", { authorization }));
    }

    expect(answers.map(({ status, body }) => [status, body["errcode"]])).toEqual([
      [200, undefined],
      [200, undefined],
      [403, "HS_FORBIDDEN_USER"],
    ]);
  });

  it("a token that the command line makes is let in until it is revoked", async () => {
    const cli = (...argv: readonly string[]): Promise<CliResult> =>
      runCommandLine(["token", ...argv, "--data", all.installation.dataFolder]);
    const made = await cli("create", "--name", "cli", "--scope", "provisioning");
    const authorization = `Bearer ${made.stdout.trim()}`;

    expect((await api.call("GET", "/connectiontypes", { authorization })).status).toBe(200);
    expect((await cli("list")).stdout).toContain("cli");
    await cli("revoke", "cli");
    expect(refusal(await api.call("GET", "/connectiontypes", { authorization }))).toEqual([401, "HS_BAD_TOKEN", "Unauthorized"]);
  });

  it.each([null, "", "alice", "@alice", "foo@alice:localhost", "#alice:localhost"])("the user id %s is refused", async (userId) => {
    expect(refusal(await api.call("GET", "/!any:localhost/connections", { userId }))).toEqual([400, "HS_BAD_VALUE", "Invalid userId"]);
  });

  it.each(["room:localhost", "!", "%23room:localhost"])("the room id %s is refused", async (roomId) => {
    expect(refusal(await api.call("GET", `/${roomId}/connections`))).toEqual([400, "HS_BAD_VALUE", "Invalid roomId"]);
  });

  it("unknown routes and wrong methods are told apart", async () => {
    expect(refusal(await api.call("GET", "/nothing")).slice(0, 2)).toEqual([404, "HS_NOTFOUND"]);
    expect(refusal(await api.call("POST", "/!any:localhost/connections")).slice(0, 2)).toEqual([405, "HS_METHOD_NOT_ALLOWED"]);
  });
});

it("lists the types, the two webhooks apart", async () => {
  const { body } = await api.call("GET", "/connectiontypes");

  expect(body).toMatchObject({
    JiraProject: { type: "JiraProject", eventType: jiraType, service: "jira", botUserId: bot },
    GithubRepo: { type: "GithubRepo", eventType: gitHubType, service: "github", botUserId: bot },
    Webhook: { type: "Webhook", eventType: hookType, service: "generic", botUserId: bot },
    OutboundWebhook: { type: "Webhook", eventType: outboundType, service: "genericOutbound", botUserId: bot },
  });
});

describe("a Jira project", () => {
  it("is connected, heard, listed, changed and ended, in the room and in the API alike", async () => {
    const roomId = await all.roomWithBot(alice);
    const url = all.projectUrl();
    const grant = grantType(url);

    const made = await api.set(roomId, jiraType, { url, events: ["issue_created"], unknown: "dropped" });

    expect(made).toMatchObject({ type: "JiraProject", eventType: jiraType, service: "jira", botUserId: bot });
    expect(made.config).toMatchObject({ url, events: ["issue_created"], id: expect.any(String) });
    expect(await stateOf(roomId, jiraType, url)).toEqual({ url, events: ["issue_created"], id: made.config["id"] });
    expect(await grantOf(roomId, grant)).toBe(true);
    await hear(alice, roomId, (await all.jira.createIssue("PLAY", "Through the API")).key);
    expect(await answerTo(alice, roomId, "!connections")).toContain("active");

    // PUT again replaces what is configured and keeps the rest.
    const again = await api.set(roomId, jiraType, { url, commandPrefix: "!play" });
    expect(again.id).toBe(made.id);
    expect(await stateOf(roomId, jiraType, url)).toEqual({ url, commandPrefix: "!play", id: made.config["id"] });
    expect(again.config).toMatchObject({ events: ["issue_created"], commandPrefix: "!play" });

    // PATCH merges, and null takes away.
    const patched = await api.patch(roomId, made.id, { events: ["issue_updated"], commandPrefix: null });
    expect([patched.status, patched.body["id"]]).toEqual([200, made.id]);
    expect(await stateOf(roomId, jiraType, url)).toEqual({ url, events: ["issue_updated"], id: made.config["id"] });
    const shown = (await api.call("GET", `/${roomId}/connections/${made.id}`)).body;
    expect([shown, await api.connections(roomId)]).toEqual([patched.body, [patched.body]]);

    const removed = await api.remove(roomId, made.id);
    expect([removed.status, removed.text]).toEqual([200, '{"ok":true}']);
    expect(await stateOf(roomId, jiraType, url)).toEqual({ disabled: true });
    expect([await grantOf(roomId, grant), await api.connections(roomId)]).toEqual([false, []]);
    expect(refusal(await api.remove(roomId, made.id))).toEqual([404, "HS_NOTFOUND", "Connection does not exist"]);
    expect(await answerTo(alice, roomId, "!connections")).not.toContain("PLAY");
  });

  it("moves to another project under the same id, and the grants move along", async () => {
    const roomId = await all.roomWithBot(alice);
    const [play, ops] = [all.projectUrl("PLAY"), all.projectUrl("OPS")];
    const { id } = await api.set(roomId, jiraType, { url: play });

    const moved = await api.patch(roomId, id, { url: ops });

    expect(moved.body).toMatchObject({ id, config: { url: ops } });
    expect(await stateOf(roomId, jiraType, play)).toMatchObject({ url: ops });
    expect([await grantOf(roomId, grantType(play)), await grantOf(roomId, grantType(ops))]).toEqual([false, true]);
    await hear(alice, roomId, (await all.jira.createIssue("OPS", "Moved here")).key);
  });

  it("that chat connected is in the list, and chat disconnects what the API made", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");
    const [made] = await api.connections(roomId);
    expect(made).toMatchObject({ eventType: jiraType, config: { url: all.projectUrl() } });
    await api.set(roomId, jiraType, side.jiraConfig("OPS"));

    await answerTo(alice, roomId, "!disconnect jira OPS");

    expect(await api.connections(roomId)).toEqual([made]);
  });

  it.each([
    { what: "no url", body: {}, error: "Expected a 'url' property" },
    { what: "an id that is no text", body: { url: "http://x", id: 5 }, error: "Expected 'id' to be a string" },
    {
      what: "a prefix that is too short",
      body: { url: "http://x", commandPrefix: "!" },
      error: "Expected 'commandPrefix' to be between 2-24 characters",
    },
    { what: "a prefix that is no text", body: { url: "http://x", commandPrefix: 5 }, error: "Expected 'commandPrefix' to be a string" },
  ])("with $what is refused in the words that programs know", async ({ body, error }) => {
    expect(refusal(await api.put(await all.roomWithBot(alice), jiraType, body))).toEqual([400, "HS_BAD_VALUE", error]);
  });

  it("needs a login of one's own there, and a project that one sees", async () => {
    const roomId = await roomWithAll({ [bob.userId]: 50 });
    const nowhere = { url: "https://nowhere.example.org/projects/PLAY" };

    expect(refusal(await side.api(bob).put(roomId, jiraType, side.jiraConfig()))).toEqual([
      403,
      "HS_FORBIDDEN_USER",
      "User is not authenticated with JIRA",
    ]);
    expect(refusal(await api.put(roomId, jiraType, nowhere))).toEqual([
      403,
      "HS_FORBIDDEN_USER",
      "User is not authenticated with this JIRA instance",
    ]);
    expect(refusal(await api.put(roomId, jiraType, side.jiraConfig("NONE")))).toEqual([
      403,
      "HS_FORBIDDEN_USER",
      "Requested project was not found",
    ]);
    expect(refusal(await api.put(roomId, jiraType, { url: all.jira.url }))).toEqual([
      400,
      "HS_BAD_VALUE",
      "URL did not contain a valid project key",
    ]);
    expect(await api.connections(roomId)).toEqual([]);
  });

  it.each([{ kind: "status", status: 500 } as const, { kind: "cut" } as const, { kind: "page" } as const])(
    "is answered with 502 while Jira fails ($kind), and nothing is written",
    async (fault) => {
      const roomId = await all.roomWithBot(alice);
      all.jira.failWith(fault);
      const answer = await api.put(roomId, jiraType, side.jiraConfig());
      all.jira.failWith();

      expect(refusal(answer).slice(0, 2)).toEqual([502, "HS_REMOTE_ERROR"]);
      expect([await api.connections(roomId), await stateOf(roomId, jiraType, all.projectUrl())]).toEqual([[], undefined]);
    },
  );
});

describe("a GitHub repository", () => {
  it("is connected, heard and ended", async () => {
    const roomId = await all.roomWithBot(alice);
    const made = await api.set(roomId, gitHubType, { org: "octo", repo: "hello", enableHooks: ["issue.created"] });

    expect(made).toMatchObject({ type: "GithubRepo", service: "github", config: { org: "octo", repo: "hello" } });
    await side.gitHub.createIssue("octo/hello", "Through the API", "ada");
    await hear(alice, roomId, "Through the API");
    expect((await api.remove(roomId, made.id)).status).toBe(200);
    expect(await api.connections(roomId)).toEqual([]);
  });

  it("needs a login, write permission, and the App", async () => {
    const roomId = await roomWithAll({ [bob.userId]: 50 });
    const anonymous = await side.api(bob).put(roomId, gitHubType, { org: "octo", repo: "hello" });
    const unknown = await api.put(roomId, gitHubType, { org: "octo", repo: "nothing" });
    const alone = await api.put(roomId, gitHubType, { org: "octo", repo: "alone" });

    expect(refusal(anonymous)).toEqual([403, "HS_FORBIDDEN_USER", "User is not authenticated with GitHub"]);
    expect(refusal(unknown)).toEqual([
      403,
      "HS_FORBIDDEN_USER",
      "Could not determine if the user has access to this repository, does the repository exist?",
    ]);
    expect(refusal(alone)).toEqual([
      400,
      "HS_ADDITIONAL_ACTION_REQUIRED",
      "You need to add a GitHub App to this organisation / repository before you can bridge it. Open the link to add the app, and then retry this request",
    ]);
    expect(alone.body["installUrl"]).toBe(`${side.gitHub.url}/apps/switchboard/installations/new`);
  });
});

describe("a webhook", () => {
  it("has an address that works, that PUT and PATCH keep, and that nobody else is told", async () => {
    const roomId = await roomWithAll();
    const made = await api.set(roomId, hookType, { name: "builds" });
    const { url = "", hookId = "" } = made.secrets ?? {};
    const hooks = new HookSender(all.installation.webhookPort);

    expect(url).toMatch(new RegExp(`/webhook/${hookId}$`));
    expect((await hooks.json(url, { text: "Through the API" })).status).toBe(202);
    await hear(alice, roomId, "Through the API");

    const again = await api.set(roomId, hookType, { name: "builds", includeHookBody: false });
    const patched = await api.patch(roomId, made.id, { includeHookBody: null });
    expect([again.id, again.secrets?.["url"], patched.body["id"]]).toEqual([made.id, url, made.id]);
    expect(patched.body["secrets"]).toMatchObject({ url });
    expect(await stateOf(roomId, hookType, "builds")).toEqual({ name: "builds" });
    // Everybody in the room may look; the address is not for everybody.
    const listed = await side.api(bob).call("GET", `/${roomId}/connections`);
    expect([listed.status, listed.text.includes(hookId)]).toEqual([200, false]);
    expect(listed.list).toMatchObject([{ ...withoutSecrets(made), config: { name: "builds" } }]);
    expect(JSON.stringify(await alice.getState(roomId))).not.toContain(hookId);

    await api.remove(roomId, made.id);
    expect((await hooks.json(url, { text: "Too late" })).status).toBe(404);
    expect((await api.set(roomId, hookType, { name: "builds" })).secrets?.["hookId"]).not.toBe(hookId);
  });

  it("of the outgoing kind tells its token to who made it", async () => {
    const roomId = await all.roomWithBot(alice);
    const made = await api.set(roomId, outboundType, { name: "out", url: "https://hooks.example.org/in" });

    expect(made).toMatchObject({ type: "Webhook", eventType: outboundType, service: "genericOutbound" });
    expect(made.secrets?.["token"]).toMatch(/.{16,}/);
    expect(await api.connections(roomId)).toEqual([withoutSecrets(made)]);
  });

  it("that does not fit is refused, with what is wrong", async () => {
    const roomId = await all.roomWithBot(alice);
    const short = await api.put(roomId, hookType, { name: "ab" });
    const wrong = await api.put(roomId, hookType, { name: "builds", showUrlPreviews: "yes" });

    expect(refusal(short)).toEqual([400, "HS_BAD_VALUE", "'name' must be a string between 3-64 characters long"]);
    expect(refusal(wrong).slice(0, 2)).toEqual([400, "HS_BAD_VALUE"]);
    expect(wrong.body["error"]).toMatch(/^Failed to validate: /);
    expect(wrong.body["validationErrors"]).toMatchObject([{ message: expect.any(String), path: "/showUrlPreviews" }]);
  });

  it("with a function is refused where functions are off", async () => {
    const answer = await api.put(await all.roomWithBot(alice), hookType, { name: "builds", transformationFunction: "result = 1" });

    expect(refusal(answer).slice(0, 2)).toEqual([400, "HS_DISABLED_FEATURE"]);
  });
});

describe("who may change a room", () => {
  const webhook = { name: "builds" };

  it("a person without power reads and does not write", async () => {
    const roomId = await roomWithAll();
    const { id } = await api.set(roomId, hookType, webhook);
    const asBob = side.api(bob);
    const tooLow = [403, "HS_FORBIDDEN_USER", "User has a PL of 0 but needs at least 50."];

    expect(refusal(await asBob.put(roomId, hookType, { name: "others" }))).toEqual(tooLow);
    expect(refusal(await asBob.patch(roomId, id, { showUrlPreviews: true }))).toEqual(tooLow);
    expect(refusal(await asBob.remove(roomId, id))).toEqual(tooLow);
    expect((await asBob.connections(roomId)).map((item) => item.id)).toEqual([id]);
  });

  it("a person without the level manageConnections does not write, however powerful", async () => {
    const roomId = await roomWithAll({ [dave.userId]: 50 });
    const { id } = await api.set(roomId, hookType, webhook);
    const asDave = side.api(dave);
    const notPermitted = [403, "HS_FORBIDDEN_USER", "User is not permitted to provision connections for this type of service."];

    expect(refusal(await asDave.put(roomId, hookType, { name: "others" }))).toEqual(notPermitted);
    expect(refusal(await asDave.patch(roomId, id, { showUrlPreviews: true }))).toEqual(notPermitted);
    expect(refusal(await asDave.remove(roomId, id))).toEqual(notPermitted);
    expect((await api.connections(roomId)).map((item) => item.id)).toEqual([id]);
  });

  it("a level of the event's own goes before that of all state, for the person and for the bot", async () => {
    const open = await all.roomWithBot(alice, { power_level_content_override: { events: { [hookType]: 0 } } });
    await alice.invite(open, bob.userId);
    await bob.join(open);
    const closed = await all.roomWithBot(alice, { power_level_content_override: { events: { [hookType]: 75 } } });

    expect((await side.api(bob).put(open, hookType, webhook)).status).toBe(200);
    expect(refusal(await side.api(bob).put(open, outboundType, webhook)).slice(0, 2)).toEqual([403, "HS_FORBIDDEN_USER"]);
    expect(refusal(await api.put(closed, hookType, webhook))).toEqual([
      403,
      "HS_FORBIDDEN_BOT",
      "Bot has a PL of 50 but needs at least 75.",
    ]);
    expect((await api.put(closed, outboundType, { name: "out", url: "https://hooks.example.org/in" })).status).toBe(200);
  });

  it("a bot without power is told apart", async () => {
    const roomId = await all.roomWithBot(alice, { botPower: 0 });

    expect(refusal(await api.put(roomId, hookType, webhook))).toEqual([
      403,
      "HS_FORBIDDEN_BOT",
      "Bot has a PL of 0 but needs at least 50.",
    ]);
  });

  it("a person who is not in the room neither reads nor writes", async () => {
    const roomId = await all.roomWithBot(alice);
    const asBob = side.api(bob);
    const outside = [403, "HS_NOT_IN_ROOM", "User is not joined to the room."];

    expect(refusal(await asBob.call("GET", `/${roomId}/connections`))).toEqual(outside);
    expect(refusal(await asBob.put(roomId, hookType, webhook))).toEqual(outside);
    await alice.invite(roomId, bob.userId);
    expect(refusal(await asBob.put(roomId, hookType, webhook)).slice(0, 2)).toEqual([403, "HS_NOT_IN_ROOM"]);
  });
});

describe("a room that the bot is not in", () => {
  it("is refused, public or not, and joined where an invitation is open", async () => {
    const invited = await alice.createRoom({ room_version: "11" });
    const open = await alice.createRoom({ preset: "public_chat" });
    const inNeither = [403, "HS_NOT_IN_ROOM"];

    expect(refusal(await api.put(invited, hookType, { name: "builds" })).slice(0, 2)).toEqual(inNeither);
    expect(refusal(await api.put(open, hookType, { name: "builds" })).slice(0, 2)).toEqual(inNeither);
    expect(refusal(await api.call("GET", `/${open}/connections`)).slice(0, 2)).toEqual(inNeither);
    expect(refusal(await api.put("!nothing:localhost", hookType, { name: "builds" })).slice(0, 2)).toEqual(inNeither);
    expect(await alice.joinedMembers(open)).toEqual([alice.userId]);
    await alice.invite(invited, bot);
    await alice.changePowerLevels(invited, (levels) => ({ ...levels, users: { [alice.userId]: 100, [bot]: 50 } }));
    expect((await api.put(invited, hookType, { name: "builds" })).status).toBe(200);
  });

  it("because it was kicked is refused", async () => {
    const roomId = await all.roomWithBot(alice);
    const { id } = await api.set(roomId, hookType, { name: "builds" });
    await alice.kick(roomId, bot);
    await membership(alice, roomId, bot, "leave");

    for (const answer of [
      await api.put(roomId, hookType, { name: "more" }),
      await api.remove(roomId, id),
      await api.call("GET", `/${roomId}/connections`),
    ]) {
      expect(refusal(answer).slice(0, 2)).toEqual([403, "HS_NOT_IN_ROOM"]);
    }
  });
});

describe("what is asked for wrongly", () => {
  let roomId: string;

  beforeAll(async () => {
    roomId = await all.roomWithBot(alice);
  });

  it.each([
    { what: "an unknown type", type: "org.example.nothing", body: {}, is: [404, "HS_NOTFOUND", "Unknown event type"] },
    {
      what: "a type that cannot be set up by programs",
      type: "uk.half-shot.matrix-hookshot.github.issue",
      body: {},
      is: [400, "HS_UNSUPPORTED_OPERATION"],
    },
    { what: "a list", type: hookType, body: "[]", is: [400, "HS_BAD_VALUE", "A JSON body must be provided"] },
    { what: "null", type: hookType, body: "null", is: [400, "HS_BAD_VALUE"] },
    { what: "no JSON", type: hookType, body: "{", is: [400, "HS_BAD_VALUE"] },
    { what: "too much", type: hookType, body: JSON.stringify({ name: "x".repeat(1_100_000) }), is: [413] },
  ])("$what is refused", async ({ type, body, is }) => {
    expect(refusal(await api.put(roomId, type, body)).slice(0, is.length)).toEqual(is);
  });

  it("a command prefix that is taken is refused, with what has it", async () => {
    const taken = await api.set(roomId, jiraType, side.jiraConfig("PLAY", { commandPrefix: "!work" }));
    const answer = await api.put(roomId, gitHubType, { org: "octo", repo: "hello", commandPrefix: "!work" });

    const sentence = 'Command prefix "!work" is already used in this room. Please choose another prefix.';
    expect(refusal(answer)).toEqual([409, "HS_CONFLICTING_CONNECTION", sentence]);
    expect(answer.body["existingConnection"]).toMatchObject({ id: taken.id, eventType: jiraType });
    expect((await api.put(roomId, jiraType, side.jiraConfig("PLAY", { commandPrefix: "!work" }))).status).toBe(200);
  });

  it("an id of no connection is not found", async () => {
    const missing = [404, "HS_NOTFOUND", "Connection does not exist"];

    expect(refusal(await api.call("GET", `/${roomId}/connections/nothing`))).toEqual(missing);
    expect(refusal(await api.patch(roomId, "nothing", {}))).toEqual(missing);
    expect(refusal(await api.remove(roomId, "nothing"))).toEqual(missing);
  });

  it("a state event that is too large for a room is refused", async () => {
    const answer = await api.put(roomId, gitHubType, { org: "octo", repo: "hello", includingLabels: ["x".repeat(66_000)] });

    expect(refusal(answer).slice(0, 2)).toEqual([400, "HS_BAD_VALUE"]);
  });
});

it.each(["11", "12"])("ids are taken escaped and unescaped, those of rooms of version %s too", async (room_version) => {
  const roomId = await all.roomWithBot(alice, { room_version });
  const whole = encodeURIComponent(roomId).replace("!", "%21");
  const made = (await api.put(whole, encodeURIComponent(jiraType), side.jiraConfig())).body;

  for (const room of [roomId, whole]) expect(await api.connections(room)).toMatchObject([{ id: made["id"] }]);
});

it("the same PUT at once, and again, gives one connection", async () => {
  const roomId = await all.roomWithBot(alice);
  const answers = await Promise.all([1, 2, 3].map(() => api.set(roomId, hookType, { name: "builds" })));

  expect(new Set(answers.map(({ id, secrets }) => `${id} ${secrets?.["url"]}`)).size).toBe(1);
  expect(await api.connections(roomId)).toHaveLength(1);
});

describe("questions about accounts", () => {
  it("of Jira tell who is logged in, to which instances, and their projects", async () => {
    const account = await api.call("GET", "/jira/account");
    const projects = await api.call("GET", "/jira/instances/Jira%20stand-in/projects");

    expect(account.body).toEqual({ loggedIn: true, instances: [{ name: "Jira stand-in", url: all.jira.url }] });
    expect(projects.list).toContainEqual({ key: "OPS", name: "Operations", id: expect.any(String), url: all.projectUrl("OPS") });
    expect((await side.api(bob).call("GET", "/jira/account")).body).toEqual({ loggedIn: false });
    expect(refusal(await side.api(bob).call("GET", "/jira/instances/main/projects"))).toEqual([403, "HS_FORBIDDEN_USER", "Not logged in"]);
    expect(refusal(await api.call("GET", "/jira/instances/other/projects"))).toEqual([
      403,
      "HS_FORBIDDEN_USER",
      "Instance not known or not accessible to this user.",
    ]);
  });

  it("of GitHub tell the organisations and repositories, in pages that end", async () => {
    const account = (await api.call("GET", "/github/account")).body;
    const first = (await api.call("GET", "/github/orgs/octo/repositories", { query: { perPage: "3" } })).body;
    const second = (await api.call("GET", "/github/orgs/octo/repositories", { query: { perPage: "3", page: "2" } })).body;
    const third = (await api.call("GET", "/github/orgs/octo/repositories", { query: { perPage: "3", page: "3" } })).body;
    const own = (await api.call("GET", "/github/repositories")).body;

    expect(account).toMatchObject({ loggedIn: true, username: "ada" });
    expect(account["organisations"]).toMatchObject([{ name: "octo" }, { name: "ada" }]);
    expect([first, second, third].map(({ page, repositories }) => [page, (repositories as unknown[]).length])).toEqual([
      [1, 3],
      [2, 2],
      [3, 0],
    ]);
    expect(first["changeSelectionUrl"]).toMatch(new RegExp(`^${side.gitHub.url}/organizations/octo/settings/installations/\\d+$`));
    expect(own).toMatchObject({ loggedIn: true, page: 1 });
    expect(own["repositories"]).toContainEqual(expect.objectContaining({ name: "own", owner: "ada", fullName: "ada/own" }));
    expect("changeSelectionUrl" in own).toBe(false);
    expect(refusal(await api.call("GET", "/github/orgs/other/repositories")).slice(2)).toEqual([
      "Could not fetch accessible repos for GitHub org",
    ]);
    expect((await side.api(bob).call("GET", "/github/account")).body).toEqual({ loggedIn: false, organisations: [] });
    expect(refusal(await side.api(bob).call("GET", "/github/repositories"))).toEqual([403, "HS_FORBIDDEN_USER", "Not logged in"]);
  });
});

it("the document of the API is served, and a page to read it that loads nothing from elsewhere", async () => {
  const ask = (path: string): Promise<Asked> =>
    new HookSender(all.installation.webhookPort).send(`http://localhost${path}`, { method: "GET" });
  const { openapi, paths } = (await ask("/openapi.json")).json() as { readonly openapi: string; readonly paths: object };
  const page = await ask("/openapi");

  expect(openapi).toMatch(/^3\.1\./);
  expect(Object.keys(paths)).toContain("/v1/{roomId}/connections");
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.text).toContain("/v1/{roomId}/connections");
  expect(page.text).not.toMatch(/<(?:script|link|img|iframe)\b|@import|url\(/i);
});

describe("with another configuration", () => {
  let roomId: string;
  /** Hookshot's way to a listener of its own. */
  let elsewhere: ProvisioningCaller;

  beforeAll(async () => {
    roomId = await all.roomWithBot(alice);
    const hook = { roomId, connectionType: hookType, stateKey: "standing", state: { name: "standing" } };
    const generic = { urlPrefix: "http://localhost/webhook/", outbound: false };
    const [port = 0] = await freePorts(1);
    const { webhookPort } = all.installation;
    await all.restartSwitchboard({
      ...{ connections: [hook], github: undefined, generic },
      provisioning: { secret: side.secrets.provisioning, port, bindAddress: "127.0.0.1" },
      listeners: [{ port: webhookPort, bindAddress: "127.0.0.1", resources: ["webhooks", "metrics"] }],
    });
    elsewhere = new ProvisioningCaller(port, side.secrets.provisioning, alice.userId);
  });

  it("the API is served at its own port alone, and webhooks are not served there", async () => {
    expect(refusal(await api.call("GET", "/connectiontypes")).slice(0, 2)).toEqual([404, "HS_NOTFOUND"]);
    expect((await elsewhere.call("GET", "/connectiontypes")).status).toBe(200);
  });

  it("a connection of the configuration is listed and cannot be changed", async () => {
    const [standing] = await elsewhere.connections(roomId);
    const fixed = [400, "HS_UNSUPPORTED_OPERATION"];

    expect(standing).toMatchObject({ eventType: hookType, config: { name: "standing" } });
    expect(refusal(await elsewhere.patch(roomId, standing?.id ?? "", { name: "other" })).slice(0, 2)).toEqual(fixed);
    expect(refusal(await elsewhere.remove(roomId, standing?.id ?? "")).slice(0, 2)).toEqual(fixed);
  });

  it("what is switched off is said to be", async () => {
    const off = [400, "HS_DISABLED_FEATURE"];

    for (const answer of [
      await elsewhere.put(roomId, gitHubType, { org: "octo", repo: "hello" }),
      await elsewhere.put(roomId, outboundType, { name: "out", url: "https://hooks.example.org/in" }),
      await elsewhere.call("GET", "/github/oauth"),
    ]) {
      expect(refusal(answer).slice(0, 2)).toEqual(off);
    }
  });
});
