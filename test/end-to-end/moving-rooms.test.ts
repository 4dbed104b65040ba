import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../support/cli-run.js";
import { accountDataPath, answerTo, bot, connectionType, EndToEnd, grantType, hear, membership, said } from "../support/end-to-end.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

let all: EndToEnd;
let alice: MatrixPerson;
/** A room that hears everything. */
let listening: string;

beforeAll(async () => {
  all = await EndToEnd.start();
  alice = await all.person("alice");
  listening = await all.roomWithBot(alice);
  await answerTo(alice, listening, "!connect jira PLAY");
});

afterAll(() => all.stop());

async function connectedRoom(version: string): Promise<string> {
  const roomId = await all.roomWithBot(alice, { room_version: version });
  await answerTo(alice, roomId, "!connect jira PLAY events=issue_created,version_created");
  return roomId;
}

async function issuesToldIn(roomId: string): Promise<readonly string[]> {
  return (await said(alice, roomId)).flatMap((body) => /created a new JIRA issue \[([^\]]+)\]/.exec(body)?.[1] ?? []);
}

describe("a room upgrade", () => {
  it.each([
    { from: "9", to: "10" },
    { from: "10", to: "11" },
    { from: "11", to: "12" },
    { from: "12", to: "12" },
  ])("from version $from to $to takes connections along once the bot is invited", async ({ from, to }) => {
    const old = await connectedRoom(from);
    const state = await alice.getStateContent(old, connectionType, all.projectUrl());

    const replacement = await alice.upgradeRoom(old, to);
    await alice.invite(replacement, bot);

    const carried = await alice.waitForEvent(replacement, (event) => event.type === connectionType);
    expect(carried).toMatchObject({ sender: bot, state_key: all.projectUrl(), content: state });
    expect(await all.asOurs("GET", accountDataPath(replacement, grantType(all.projectUrl())))).toEqual({ granted: true });
    expect(await answerTo(alice, replacement, "!connections")).toContain("active");
    expect(await alice.getStateContent(old, connectionType, all.projectUrl())).toEqual({ disabled: true });
    const { key } = await all.jira.createIssue("PLAY", "After the upgrade");
    await hear(alice, replacement, `[${key}]`);
    await hear(alice, listening, `[${key}]`);
    expect((await said(alice, old)).join("\n")).not.toContain(`[${key}]`);
  });

  it("leaves connections where they are until the bot has power in the new room", async () => {
    const old = await connectedRoom("11");
    const replacement = await alice.upgradeRoom(old, "11");
    await alice.changePowerLevels(replacement, (levels) => ({ ...levels, users: { [alice.userId]: 100, [bot]: 0 } }));
    await alice.invite(replacement, bot);
    await membership(alice, replacement, bot, "join");
    expect(await answerTo(alice, replacement, "!connections")).toContain("This room has no connections.");
    const before = await all.jira.createIssue("PLAY", "Before the bot has power");
    await hear(alice, old, `[${before.key}]`);

    await alice.changePowerLevels(replacement, (levels) => ({ ...levels, users: { [alice.userId]: 100, [bot]: 50 } }));

    await alice.waitForEvent(replacement, (event) => event.type === connectionType);
    expect(await answerTo(alice, replacement, "!connections")).toContain("active");
    expect(await alice.getStateContent(old, connectionType, all.projectUrl())).toEqual({ disabled: true });
    const after = await all.jira.createIssue("PLAY", "After the bot has power");
    await hear(alice, replacement, `[${after.key}]`);
    expect((await said(alice, replacement)).join("\n")).not.toContain(`[${before.key}]`);
  });

  it("takes along what the old room did not let the bot say, before anything newer", async () => {
    const old = await connectedRoom("11");
    // The bot may set state there, and say nothing.
    await alice.changePowerLevels(old, (levels) => ({ ...levels, events_default: 100 }));
    const waiting = [await all.jira.createIssue("PLAY", "Waits"), await all.jira.createIssue("PLAY", "Waits, too")];
    await hear(alice, listening, `[${waiting[1]!.key}]`);

    const replacement = await alice.upgradeRoom(old, "12");
    await alice.changePowerLevels(replacement, (levels) => ({ ...levels, events_default: 0 }));
    await alice.invite(replacement, bot);

    await alice.waitForEvent(replacement, (event) => event.type === connectionType);
    const newer = await all.jira.createIssue("PLAY", "Newer");
    await hear(alice, replacement, `[${newer.key}]`);
    const keys = [...waiting, newer].map(({ key }) => key);
    expect(await issuesToldIn(replacement)).toEqual(keys);
    expect(await issuesToldIn(old)).toEqual([]);
  });

  it("is remembered over a restart", async () => {
    const old = await connectedRoom("11");
    const replacement = await alice.upgradeRoom(old, "11");
    expect(await answerTo(alice, listening, "!connections")).toContain("active");
    await all.stopSwitchboard();
    await alice.invite(replacement, bot);

    await all.startSwitchboard();

    await alice.waitForEvent(replacement, (event) => event.type === connectionType);
    const { key } = await all.jira.createIssue("PLAY", "After upgrade and restart");
    await hear(alice, replacement, `[${key}]`);
  });

  it("that the new room does not confirm moves nothing", async () => {
    const old = await connectedRoom("11");
    const stranger = await all.roomWithBot(alice, { name: "Names no predecessor" });

    await alice.sendState(old, "m.room.tombstone", "", { body: "Replaced", replacement_room: stranger });
    expect(await answerTo(alice, old, "!connections")).toContain("active");

    expect(await answerTo(alice, stranger, "!connections")).toContain("This room has no connections.");
    const { key } = await all.jira.createIssue("PLAY", "Still here");
    await hear(alice, old, `[${key}]`);
  });
});

/** What is said in a room before the bot is back never reaches it. */
async function inviteAgain(roomId: string): Promise<void> {
  const kicked = await membership(alice, roomId, bot, "leave");
  await alice.invite(roomId, bot);
  const isBack = (event: ClientEvent): boolean => event.state_key === bot && event.content["membership"] === "join";
  await alice.waitForEvent(roomId, isBack, { after: kicked.event_id, what: "the bot to come back" });
}

/** `switchboard deliveries`, asked of the running server. */
async function deliveriesCommand(...words: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runCommandLine(["deliveries", ...words, "--config", all.installation.configFile, "--json"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as unknown;
}

describe("a bot that is kicked", () => {
  it("hears and says nothing in that room, and works again when it is invited again", async () => {
    const roomId = await connectedRoom("11");
    await alice.kick(roomId, bot, "Too loud");
    const missed = await all.jira.createIssue("PLAY", "Not heard");
    await hear(alice, listening, `[${missed.key}]`);

    await inviteAgain(roomId);

    expect(await answerTo(alice, roomId, "!connections")).toContain("active");
    const heard = await all.jira.createIssue("PLAY", "Heard again");
    await hear(alice, roomId, `[${heard.key}]`);
    expect((await said(alice, roomId)).join("\n")).not.toContain(`[${missed.key}]`);
  });

  it("while Switchboard was away finds out by its first message, and what waited for that room is discarded and can be replayed", async () => {
    const roomId = await connectedRoom("11");
    await all.synapse.pause();
    const { key } = await all.jira.createIssue("PLAY", "Waits");
    await all.stopSwitchboard();
    await all.synapse.resume();
    await alice.kick(roomId, bot);

    await all.startSwitchboard();

    await hear(alice, listening, `[${key}]`);
    expect((await said(alice, roomId)).join("\n")).not.toContain(`[${key}]`);
    await inviteAgain(roomId);
    const later = await all.jira.createIssue("PLAY", "Later");
    await hear(alice, listening, `[${later.key}]`);
    expect(await answerTo(alice, roomId, "!connections")).toContain("active");
    expect((await said(alice, roomId)).join("\n")).not.toContain(`[${key}]`);
    const { deliveries } = (await deliveriesCommand("list", "--state", "discarded", "--room", roomId)) as { deliveries: { id: string }[] };
    expect(deliveries).toHaveLength(1);
    await deliveriesCommand("replay", deliveries[0]!.id);
    await hear(alice, roomId, `[${key}]`);
  });
});
