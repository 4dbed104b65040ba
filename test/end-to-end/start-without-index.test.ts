import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { answerTo, bot, connectionType, EndToEnd, hear, membership, said } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";

let all: EndToEnd;
let alice: MatrixPerson;
/** What `!connections` says, by room. */
const listed = new Map<string, string>();
const connected: string[] = [];
let direct: string;

beforeAll(async () => {
  all = await EndToEnd.start({ hasProxies: true });
  alice = await all.person("alice");
  for (let made = 0; made < 4; made += 1) {
    const roomId = await all.roomWithBot(alice, { room_version: made % 2 === 0 ? "11" : "12" });
    await answerTo(alice, roomId, "!connect jira PLAY events=issue_created,version_created");
    connected.push(roomId);
  }
  const rooms = {
    byHand: await all.roomWithBot(alice),
    ended: await all.roomWithBot(alice),
    garbage: await all.roomWithBot(alice),
    unapproved: await all.roomWithBot(alice),
    old: await all.roomWithBot(alice),
  };
  await alice.sendState(rooms.byHand, "uk.half-shot.matrix-github.jira.project", "any key", { url: all.projectUrl() });
  connected.push(rooms.byHand);
  await answerTo(alice, rooms.ended, "!connect jira PLAY");
  await answerTo(alice, rooms.ended, "!disconnect jira PLAY");
  await alice.sendState(rooms.garbage, connectionType, "garbage", { url: 5 });
  await alice.sendState(rooms.unapproved, connectionType, "unapproved", { url: all.projectUrl("SECRET") });
  await answerTo(alice, rooms.old, "!connect jira PLAY");
  const replacement = await alice.upgradeRoom(rooms.old, "12");
  await alice.invite(replacement, bot);
  await alice.waitForEvent(replacement, (event) => event.type === connectionType);
  connected.push(replacement);
  direct = await alice.createRoom({ is_direct: true, invite: [bot] });
  await membership(alice, direct, bot, "join");
  await answerTo(alice, direct, "help");
  for (const roomId of [...connected, ...Object.values(rooms)]) listed.set(roomId, await list(roomId));
});

afterAll(() => all.stop());

beforeEach(async () => {
  await all.stopSwitchboard();
  await rm(all.installation.dataFolder, { recursive: true });
});

/** Without what is told of the last delivery, which is not kept in rooms. */
async function list(roomId: string): Promise<string> {
  return (await answerTo(alice, roomId, "!connections")).replaceAll(/, last delivery.*/g, "");
}

async function expectHeardOnce(...keys: readonly string[]): Promise<void> {
  for (const roomId of connected) {
    await hear(alice, roomId, `[${keys.at(-1) ?? ""}]`, 45_000);
    const told = (await said(alice, roomId)).flatMap((body) => /created a new JIRA issue \[([^\]]+)\]/.exec(body)?.[1] ?? []);
    expect(told.filter((key) => keys.includes(key))).toEqual(keys);
  }
}

async function expectNotHeardElsewhere(key: string): Promise<void> {
  for (const roomId of listed.keys()) {
    if (!connected.includes(roomId)) expect((await said(alice, roomId)).join("\n")).not.toContain(`[${key}]`);
  }
}

it("a start without data folder finds the same connections in the rooms, and the direct chats", async () => {
  await all.startSwitchboard();

  for (const [roomId, before] of listed) expect(await list(roomId)).toBe(before);
  expect(await answerTo(alice, direct, "help")).toContain("This help text");
  const { key } = await all.jira.createIssue("PLAY", "After all were read");
  await expectHeardOnce(key);
  await expectNotHeardElsewhere(key);
});

it("a webhook right after the start, while rooms are read, reaches every room once", async () => {
  await all.startSwitchboard({ isHurried: true });
  const first = await all.jira.createIssue("PLAY", "At once");
  const second = await all.jira.createIssue("PLAY", "And another");

  await expectHeardOnce(first.key, second.key);
  await expectNotHeardElsewhere(first.key);
});

it("webhooks before the homeserver is reachable are taken and reach every room once, in order", async () => {
  all.proxies.toHomeserver.shut();
  await all.startSwitchboard();
  const before = [await all.jira.createIssue("PLAY", "First"), await all.jira.createIssue("PLAY", "Second")];
  expect(all.jira.reports.slice(-2).flatMap(({ statuses }) => statuses)).toEqual([200, 200]);

  all.proxies.toHomeserver.open();
  const after = await all.jira.createIssue("PLAY", "Third");

  await expectHeardOnce(...before.map(({ key }) => key), after.key);
});

it("a command right after the start is answered from the room, not from an empty index", async () => {
  const [roomId = ""] = connected;
  all.proxies.fromHomeserver.shut();
  const asked = alice.sendText(roomId, "!connect jira PLAY");
  await all.startSwitchboard();
  all.proxies.fromHomeserver.open();

  await asked;

  await hear(alice, roomId, "This room is already connected to Jira project PLAY", 45_000);
});
