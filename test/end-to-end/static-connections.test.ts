import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accountDataPath, answerTo, bot, connectionType, EndToEnd, hear, membership, said } from "../support/end-to-end.js";
import { GitHubStandIn } from "../support/github-stand-in.js";
import { answered, HookSender } from "../support/hook-sender.js";
import { issueJson, userJson } from "../support/jira-payloads.js";
import { sampleIssue, webhookForm } from "../support/jira-samples.js";
import { ClientError, type MatrixPerson } from "../support/matrix-client.js";

const hookType = "uk.half-shot.matrix-hookshot.generic.hook";
const repositoryType = "uk.half-shot.matrix-hookshot.github.repository";
const dataKey = "uk.half-shot.hookshot.webhook_data";
const address = "http://localhost/webhook/foo";
const gitHubSecret = "planted-github-webhook-secret";
const ok = { ok: true };

let all: EndToEnd;
let gitHub: GitHubStandIn;
let hooks: HookSender;
let alice: MatrixPerson;
/** The room of the hook without and the one with a function. */
let plain: string;
let scripted: string;

beforeAll(async () => {
  const generic = { urlPrefix: "http://localhost/webhook/", waitForComplete: true, allowJsTransformationFunctions: true };
  gitHub = await GitHubStandIn.start();
  gitHub.addAccount("my-org");
  gitHub.addRepository("my-org/my-repo");
  const auth = { id: gitHub.app.id, privateKey: gitHub.app.privateKey };
  all = await EndToEnd.start({
    sections: { generic, github: { enterpriseUrl: gitHub.url, auth, webhook: { secret: gitHubSecret } } },
  });
  gitHub.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/github/webhook`, secret: gitHubSecret });
  hooks = new HookSender(all.installation.webhookPort);
  alice = await all.person("alice");
});

beforeEach(async () => {
  [plain, scripted] = [await all.roomWithBot(alice), await all.roomWithBot(alice)];
});

afterAll(async () => {
  await gitHub.stop();
  await all.stop();
});

function hookIn(roomId: string, state: object = { name: "static hook" }, stateKey = "foo"): object {
  return { roomId, connectionType: hookType, stateKey, state };
}

describe("a hook of the configuration", () => {
  it("posts to its room under its state key as the id, exactly as one that was made there", async () => {
    await all.restartSwitchboard({ connections: [hookIn(plain)] });

    const answer = await hooks.text(address, "Hello world");

    expect(answered(answer)).toEqual([200, ok]);
    expect((await hear(alice, plain, "Hello world")).content).toEqual({
      msgtype: "m.notice",
      body: "Received webhook data: Hello world",
      format: "org.matrix.custom.html",
      formatted_body: "<p>Received webhook data: Hello world</p>",
      [dataKey]: "Hello world",
    });
    expect(await answerTo(alice, plain, "!connections")).toContain("static hook");
  });

  it("leaves nothing in the room's state and the bot's account data", async () => {
    await all.restartSwitchboard({ connections: [hookIn(plain)] });
    expect((await hooks.text(address, "here")).status).toBe(200);

    expect((await alice.getState(plain)).filter(({ type }) => type === hookType)).toEqual([]);
    const refused = await all.asOurs("GET", accountDataPath(plain, hookType)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClientError);
    expect(refused).toMatchObject({ status: 404 });
  });

  it("may stand in two rooms under one key, in one of them with a function: both get each call", async () => {
    const withFunction = { name: "scripted", transformationFunction: 'result = { version: "v2", plain: "Hello world" };' };
    await all.restartSwitchboard({ connections: [hookIn(plain), hookIn(scripted, withFunction)] });

    const answer = await hooks.text(address, "{}");

    expect(answered(answer)).toEqual([200, ok]);
    const common = { msgtype: "m.notice", format: "org.matrix.custom.html", [dataKey]: "{}" };
    expect((await hear(alice, scripted, "Hello world")).content).toEqual({
      ...common,
      body: "Hello world",
      formatted_body: "<p>Hello world</p>",
    });
    expect((await hear(alice, plain, "{}")).content).toEqual({
      ...common,
      body: "Received webhook data: {}",
      formatted_body: "<p>Received webhook data: {}</p>",
    });
  });

  it("in two rooms under one key answers its sender once, in the words of the one that the configuration has first", async () => {
    const answering = (body: string): object => {
      const transformationFunction = `result = { version: "v2", plain: data + " there", webhookResponse: { body: "${body}", statusCode: 201 } };`;
      return { name: "answering", transformationFunction };
    };
    const rooms = [plain, scripted];
    for (const order of [rooms, rooms.toReversed()]) {
      const [first = "", second = ""] = order;
      await all.restartSwitchboard({ connections: [hookIn(first, answering("first")), hookIn(second, answering("second"))] });

      const { status, text } = await hooks.text(address, `to ${first}`);

      expect([status, text]).toEqual([201, "first"]);
      for (const roomId of rooms) await hear(alice, roomId, `to ${first} there`);
    }
  });

  it.each([
    { typed: "!hookshot webhook remove fixed", answer: "Connection is static and cannot be changed at runtime" },
    { typed: "!hookshot webhook secret fixed", answer: "Connection is static and cannot be changed at runtime" },
    {
      typed: "!disconnect webhook fixed",
      answer: "is set in the configuration, where only the administrator can end it. Nothing was changed.",
    },
  ])("is not changed by $typed, which says why", async ({ typed, answer }) => {
    await all.restartSwitchboard({ connections: [hookIn(plain, { name: "fixed" })] });

    expect(await answerTo(alice, plain, typed)).toContain(answer);

    expect((await hooks.text(address, "still here")).status).toBe(200);
    await hear(alice, plain, "still here");
  });

  it("is not changed by state under its key either", async () => {
    await all.restartSwitchboard({ connections: [hookIn(plain)] });

    await alice.sendState(plain, hookType, "foo", { name: "another", includeHookBody: false });
    await answerTo(alice, plain, "!connections");

    expect((await hooks.text(address, "as configured")).status).toBe(200);
    expect((await hear(alice, plain, "as configured")).content[dataKey]).toBe("as configured");
  });

  it("does not bring the bot into its room, works as soon as somebody invites it, and not after it was kicked", async () => {
    const elsewhere = await alice.createRoom({});
    await all.restartSwitchboard({ connections: [hookIn(elsewhere)] });
    const before = await hooks.text(address, "too early");
    expect(await alice.joinedMembers(elsewhere)).toEqual([alice.userId]);

    await alice.invite(elsewhere, bot);
    await membership(alice, elsewhere, bot, "join");
    await answerTo(alice, elsewhere, "!connections");
    const joined = await hooks.text(address, "in time");
    await alice.kick(elsewhere, bot);
    await answerTo(alice, plain, "!connections");
    const after = await hooks.text(address, "too late");

    expect([before, joined, after].map(({ status }) => status)).toEqual([404, 200, 404]);
    await hear(alice, elsewhere, "in time");
    expect((await said(alice, elsewhere)).filter((body) => body.includes("too"))).toEqual([]);
  });

  it("does not move when its room is upgraded", async () => {
    await all.restartSwitchboard({ connections: [hookIn(plain)] });
    const upgraded = await alice.upgradeRoom(plain, "11");
    await alice.invite(upgraded, bot);
    await membership(alice, upgraded, bot, "join");

    expect(await answerTo(alice, upgraded, "!connections")).toContain("This room has no connections.");
    expect((await alice.getState(upgraded)).filter(({ type }) => type === hookType)).toEqual([]);
    expect(answered(await hooks.text(address, "nobody"))).toEqual([404, { ok: false, error: "Webhook not found" }]);
  });

  it("is gone when it has left the configuration", async () => {
    await all.restartSwitchboard({ connections: [hookIn(plain)] });
    expect((await hooks.text(address, "here")).status).toBe(200);

    await all.restartSwitchboard({ connections: [] });

    expect(answered(await hooks.text(address, "gone"))).toEqual([404, { ok: false, error: "Webhook not found" }]);
  });
});

it("a repository of the configuration is heard in its room", async () => {
  const state = { org: "my-org", repo: "my-repo" };
  await all.restartSwitchboard({ connections: [{ roomId: plain, connectionType: repositoryType, stateKey: "my-test", state }] });

  await gitHub.createPull("my-org/my-repo", "My test pull request", "my-org");

  await hear(alice, plain, "**my-org** opened a new PR");
  expect((await alice.getState(plain)).filter(({ type }) => type === repositoryType)).toEqual([]);
});

it("a Jira project of the configuration is heard in its room", async () => {
  const url = `${all.jira.url}/projects/PLAY`;
  await all.restartSwitchboard({ connections: [{ roomId: plain, connectionType, stateKey: url, state: { url } }] });
  const form = webhookForm(all.jira.url);
  const issue = sampleIssue({ id: "30001", key: "PLAY-301", project: { id: "10001", key: "PLAY", name: "PLAY" }, summary: "It stands" });

  await all.webhook({ webhookEvent: "jira:issue_created", user: userJson(form, issue.creator), issue: issueJson(form, issue) });

  await hear(alice, plain, "PLAY-301");
});

describe("a mistake in the configuration's connections", () => {
  it.each([
    {
      what: "a type that nobody knows",
      connection: { connectionType: "org.example.type" },
      at: "connectionType",
      says: "is not a known connection type",
    },
    {
      what: "a type that has to be connected in the room",
      connection: { connectionType: "uk.half-shot.matrix-hookshot.github.issue" },
      at: "connectionType",
      says: "does not support static configuration",
    },
    { what: "state that does not fit", connection: { state: { name: "ab" } }, at: "state", says: "connection state did not validate" },
    { what: "no state", connection: { state: "foo" }, at: "state", says: "is not an object" },
    { what: "a list for a key", connection: { stateKey: ["foo", "bar"] }, at: "stateKey", says: "is not a" },
  ])("keeps Switchboard from starting, and is named with its place: $what", async ({ connection, at, says }) => {
    await all.stopSwitchboard();

    const failed = await all
      .startSwitchboard({ sections: { connections: [hookIn(plain), { ...hookIn(plain), ...connection }] } })
      .catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(Error);
    expect(String(failed)).toMatch(new RegExp(`connections\\.1\\.${at}.*${says}`, "s"));
    await all.startSwitchboard({ sections: { connections: [] } });
  });
});
