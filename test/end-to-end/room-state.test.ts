import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { poll } from "../support/poll.js";
import { accountDataPath, answerTo, bot, connectionType, EndToEnd, grantType, hear, said, statePath } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";

let all: EndToEnd;
/** May manage connections. */
let alice: MatrixPerson;
/** May only run commands; has power in the rooms here. */
let bob: MatrixPerson;
/** A room that hears everything. */
let listening: string;

beforeAll(async () => {
  const permissions = [
    { actor: "@alice:localhost", services: [{ level: "manageConnections" }] },
    { actor: "@bob:localhost", services: [{ service: "jira", level: "commands" }] },
  ];
  all = await EndToEnd.start({ sections: { permissions } });
  [alice, bob] = await Promise.all([all.person("alice"), all.person("bob")]);
  listening = await all.roomWithBot(alice);
  await answerTo(alice, listening, "!connect jira PLAY");
});

afterAll(() => all.stop());

async function roomWithBoth(version = "11", powerOfBob = 100): Promise<string> {
  const levels = version === "12" ? { [bot]: 50 } : { [alice.userId]: 100, [bot]: 50 };
  const users = { ...levels, [bob.userId]: powerOfBob };
  const roomId = await all.roomWithBot(alice, { room_version: version, invite: [bob.userId], power_level_content_override: { users } });
  await bob.join(roomId);
  return roomId;
}

/** A new issue of PLAY reaches this room. */
async function expectHeard(roomId: string): Promise<void> {
  const { key } = await all.jira.createIssue("PLAY", "Heard");
  await hear(alice, roomId, `[${key}]`);
}

/** A new issue of PLAY reaches another room and not this one. */
async function expectUnheard(roomId: string): Promise<void> {
  const { key } = await all.jira.createIssue("PLAY", "Not for everybody");
  await hear(alice, listening, `[${key}]`);
  await answerTo(alice, roomId, "!connections");
  expect((await said(alice, roomId)).join("\n")).not.toContain(`[${key}]`);
}

interface Synced {
  readonly next_batch: string;
  readonly rooms?: { readonly join?: Readonly<Record<string, { readonly ephemeral?: { readonly events?: readonly Ephemeral[] } }>> };
}

interface Ephemeral {
  readonly type: string;
  readonly content: Readonly<Record<string, { readonly "m.read"?: Readonly<Record<string, unknown>> }>>;
}

/** Gives the ids of all events that the bot has been seen to read so far, as a client sees it. */
function receiptsIn(roomId: string): () => Promise<readonly string[]> {
  const seen: string[] = [];
  let since = "";
  return async () => {
    // Synapse gives an equal request the answer of before for two minutes, so each goes on from the last one.
    const synced = await alice.call<Synced>("GET", `/_matrix/client/v3/sync?timeout=500${since}`);
    since = `&since=${encodeURIComponent(synced.next_batch)}`;
    const receipts = synced.rooms?.join?.[roomId]?.ephemeral?.events?.filter(({ type }) => type === "m.receipt") ?? [];
    for (const { content } of receipts)
      for (const [eventId, { "m.read": readers = {} }] of Object.entries(content)) if (Object.hasOwn(readers, bot)) seen.push(eventId);
    return seen;
  };
}

describe("a connection that was written as room state", () => {
  it("by the bot for an approved address works, whatever Jira it is of", async () => {
    const roomId = await all.roomWithBot(alice);
    const url = "https://example.org/my/test/project/TP";
    await all.asOurs("PUT", accountDataPath(roomId, grantType(url)), { granted: true });
    await all.asOurs("PUT", statePath(roomId, connectionType, url), { url });
    await answerTo(alice, roomId, "!connections");

    const fields = { summary: "Test issue", project: { id: "10000", key: "TP", self: "https://example.org/project/10000" } };
    const creator = { displayName: "Test User" };
    const issue = { id: "10007", self: "https://example.org/rest/api/2/issue/10007", key: "TP-8", fields: { ...fields, creator } };
    const answers = [
      await all.webhook({ webhookEvent: "jira:issue_created", issue }),
      await all.webhook({ webhookEvent: "jira:issue_created", issue: { ...issue, key: "TP-9" } }, { path: "/" }),
    ];

    expect(answers.map(({ status, text }) => [status, text])).toEqual([1, 2].map(() => [200, "OK"]));
    for (const key of ["TP-8", "TP-9"]) {
      await hear(alice, roomId, `Test User created a new JIRA issue [${key}](https://example.org/browse/${key}): "Test issue"`);
    }
  });

  it("by the bot without any grant works, and is granted", async () => {
    const roomId = await all.roomWithBot(alice);

    await all.asOurs("PUT", statePath(roomId, connectionType, "my-test"), { url: all.projectUrl() });
    await answerTo(alice, roomId, "!connections");

    await expectHeard(roomId);
    expect(await all.asOurs("GET", accountDataPath(roomId, grantType(all.projectUrl())))).toEqual({ granted: true });
  });

  it("by somebody who may manage connections works when the credential sees the project", async () => {
    const roomId = await all.roomWithBot(alice);

    await alice.sendState(roomId, connectionType, "by hand", { url: all.projectUrl("play") });
    await answerTo(alice, roomId, "!connections");

    await expectHeard(roomId);
  });

  it("by somebody who may is confirmed to them by a read receipt of the bot, and what is not used is not", async () => {
    const roomId = await all.roomWithBot(alice);
    const receipts = receiptsIn(roomId);
    const unused = await alice.sendState(roomId, connectionType, "unused", { url: all.projectUrl("SECRET") });

    const taken = await alice.sendState(roomId, connectionType, "taken", { url: all.projectUrl() });

    const read = await poll(
      async () => {
        const found = await receipts();
        return found.includes(taken) ? found : undefined;
      },
      { what: "a read receipt", timeoutMs: 10_000 },
    );
    expect(read).not.toContain(unused);
  });

  it("by somebody who may, for a project that nobody approved, is not used, and moderators are told why", async () => {
    const roomId = await roomWithBoth("11", 0);

    await alice.sendState(roomId, connectionType, "secret", { url: all.projectUrl("SECRET") });

    const told = await answerTo(alice, roomId, "!connections");
    expect(told).toContain("not approved, the credential of main");
    expect(told).toContain("sees no project SECRET");
    expect(await answerTo(bob, roomId, "!connections")).toContain("This room has no connections.");
  });

  it("with changed settings counts as it stands now", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");
    const url = all.projectUrl();

    await alice.sendState(roomId, connectionType, url, { url, id: "10001", events: ["issue_updated"] });
    await answerTo(alice, roomId, "!connections");

    const { key } = await all.jira.createIssue("PLAY", "Only the update");
    await all.jira.updateIssue(key, { status: "Done" });
    await hear(alice, roomId, `updated JIRA [${key}]`);
    expect((await said(alice, roomId)).join("\n")).not.toContain("created a new JIRA issue");
  });

  it.each([{ content: {} }, { content: { disabled: true } }])("ends when somebody who may empties it: $content", async ({ content }) => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");

    await alice.sendState(roomId, connectionType, all.projectUrl(), content);

    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
    await expectUnheard(roomId);
    expect(await all.asOurs("GET", accountDataPath(roomId, grantType(all.projectUrl())))).toEqual({ granted: false });
  });
});

describe.each(["10", "11", "12"])("state by somebody who may not manage connections, in room version %s,", (version) => {
  it("is redacted with the reason where nothing stood before", async () => {
    const roomId = await roomWithBoth(version);

    const written = await bob.sendState(roomId, connectionType, "his", { url: all.projectUrl() });

    const redaction = await alice.waitForEvent(roomId, (event) => event.type === "m.room.redaction" && event.sender === bot);
    expect(redaction.redacts ?? redaction.content["redacts"]).toBe(written);
    expect(redaction.content["reason"]).toBe(`User ${bob.userId} is disallowed to manage state for jira in ${roomId}`);
    expect(await alice.getStateContent(roomId, connectionType, "his")).toEqual({});
    await expectUnheard(roomId);
  });

  it.each([{ what: "changed" }, { what: "emptied" }])("is put back where something stood that they $what", async ({ what }) => {
    const roomId = await roomWithBoth(version);
    await answerTo(alice, roomId, "!connect jira PLAY");
    const url = all.projectUrl();
    const before = await alice.getStateContent(roomId, connectionType, url);

    const written = await bob.sendState(roomId, connectionType, url, what === "changed" ? { url, events: ["version_created"] } : {});

    await alice.waitForEvent(roomId, (event) => event.type === connectionType && event.sender === bot, { after: written });
    expect(await alice.getStateContent(roomId, connectionType, url)).toEqual(before);
    await expectHeard(roomId);
  });
});

describe("garbage in room state", () => {
  const garbage = {
    "no address": { events: ["issue_created"] },
    "a number for an address": { url: 5 },
    "an address that runs something": { url: "javascript:alert(1)//projects/PLAY" },
    "an address without a project": { url: "https://jira.example" },
    "events that nobody knows": { url: "https://jira.example/projects/PLAY", events: ["issue_deleted"] },
    "lists and nothing": { url: ["x"], events: "all", priority: null, commandPrefix: [] },
    "an object's innards": { constructor: { prototype: {} }, url: { toString: "x" } },
    "<b>": { url: "" },
  };

  it("is ignored, told to moderators only, and the room's other connection works", async () => {
    const roomId = await roomWithBoth("11", 0);
    await answerTo(alice, roomId, "!connect jira PLAY");

    for (const [stateKey, content] of Object.entries(garbage)) await alice.sendState(roomId, connectionType, stateKey, content);

    const told = await answerTo(alice, roomId, "!connections");
    for (const stateKey of Object.keys(garbage)) expect(told).toContain(`- Jira project ${stateKey}: not used, `);
    expect(await answerTo(bob, roomId, "!connections")).not.toContain("not used");
    await expectHeard(roomId);
  });

  it("is logged once, is told after a restart as well, and can be ended", async () => {
    const roomId = await all.roomWithBot(alice);
    await alice.sendState(roomId, connectionType, "garbage", { url: 5 });
    const before = await answerTo(alice, roomId, "!connections");
    await answerTo(alice, roomId, "!connections");

    await all.restartSwitchboard();

    expect(await answerTo(alice, roomId, "!connections")).toBe(before);
    const lines = all.log.filter((line) => line.includes(roomId) && line.includes("A connection in the room is invalid"));
    expect(lines).toHaveLength(1);
    expect(await answerTo(alice, roomId, "!disconnect jira garbage")).toContain("Disconnected from Jira project garbage");
    expect(await alice.getStateContent(roomId, connectionType, "garbage")).toEqual({ disabled: true });
  });
});

describe.each(["10", "11", "12"])("redaction in room version %s", (version) => {
  it("of a connection's state event ends the connection", async () => {
    const roomId = await all.roomWithBot(alice, { room_version: version });
    await answerTo(alice, roomId, "!connect jira PLAY");
    const state = (await alice.getState(roomId)).find((event) => event.type === connectionType);

    await alice.redact(roomId, state!.event_id);

    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
    await expectUnheard(roomId);
    const grant = poll(
      async () => {
        const { granted } = await all.asOurs("GET", accountDataPath(roomId, grantType(all.projectUrl())));
        return granted === false ? granted : undefined;
      },
      { what: "the grant's end", timeoutMs: 5_000 },
    );
    expect(await grant).toBe(false);
  });

  it("of anything else ends nothing", async () => {
    const roomId = await all.roomWithBot(alice, { room_version: version });
    await answerTo(alice, roomId, "!connect jira PLAY");
    const state = (await alice.getState(roomId)).find((event) => event.type === connectionType);
    const message = await alice.sendText(roomId, "a mistake");

    await alice.redact(roomId, message);
    // Names the connection's event where this version does not look: up to version 10 in the content.
    await alice.send(roomId, "m.room.message", { msgtype: "m.text", body: "x", redacts: state!.event_id });

    expect(await answerTo(alice, roomId, "!connections")).toContain("active");
    await expectHeard(roomId);
  });
});
