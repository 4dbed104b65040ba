import { afterAll, beforeAll, expect, it } from "vitest";
import { answerTo, bodyOf, bot, EndToEnd, hear, membership, said } from "../support/end-to-end.js";
import type { ClientEvent, MatrixPerson, RoomOptions } from "../support/matrix-client.js";
import { TwoJiras } from "../support/two-jiras.js";

const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };

let all: EndToEnd;
let jiras: TwoJiras;
let people = 0;

beforeAll(async () => {
  all = await EndToEnd.start();
  jiras = await TwoJiras.start(all);
});

afterAll(async () => {
  await jiras.stop();
  await all.stop();
});

/** Everybody gets a direct chat of their own once, so each test has its own person. */
async function newPerson(): Promise<MatrixPerson> {
  people += 1;
  return all.person(`person${people}`);
}

/** What a client sends in an encrypted room; the homeserver cannot tell whether anything is in it. */
function sendEncrypted(person: MatrixPerson, roomId: string): Promise<string> {
  const content = {
    algorithm: "m.megolm.v1.aes-sha2",
    ciphertext: "AwgAEnACgAkLmt6qF84IK",
    device_id: "DEVICE",
    sender_key: "key",
    session_id: "id",
  };
  return person.send(roomId, "m.room.encrypted", content);
}

async function encryptedRoom(person: MatrixPerson, options: RoomOptions = {}): Promise<string> {
  return all.roomWithBot(person, { initial_state: [encryption], ...options });
}

async function joinChat(person: MatrixPerson): Promise<string> {
  const chat = await person.waitForInvite(bot, { what: "an invitation into a direct chat" });
  await person.join(chat);
  return chat;
}

async function isEncrypted(person: MatrixPerson, roomId: string): Promise<boolean> {
  return (await person.getStateContent(roomId, "m.room.encryption", "")) !== undefined;
}

/** Later events of the room were dealt with when this is answered elsewhere: there is nothing in an encrypted room that the bot would answer. */
async function settle(person: MatrixPerson, chat: string): Promise<void> {
  await answerTo(person, chat, "help");
}

it("in an encrypted room the bot says once that it cannot read there, and opens an unencrypted direct chat that works", async () => {
  const alice = await newPerson();
  const roomId = await encryptedRoom(alice);
  await sendEncrypted(alice, roomId);

  const notice = await alice.waitForEvent(roomId, (event) => event.sender === bot && event.type === "m.room.message", {
    what: "the notice",
  });
  const chat = await joinChat(alice);
  await sendEncrypted(alice, roomId);
  const answers = [await answerTo(alice, chat, "jira whoami"), await answerTo(alice, chat, jiras.server.tokenCommand)];

  expect(bodyOf(notice)).toMatch(/encrypt/i);
  expect(bodyOf(notice)).toContain("direct chat");
  expect(await isEncrypted(alice, chat)).toBe(false);
  expect(answers).toEqual([expect.stringContaining("You are not logged into JIRA."), expect.stringContaining("Alice Archer")]);
  expect(await said(alice, roomId)).toHaveLength(1);
});

it("a direct chat that a client made encrypted is answered by an unencrypted one", async () => {
  const bob = await newPerson();
  const encrypted = await bob.createRoom({ is_direct: true, preset: "trusted_private_chat", invite: [bot], initial_state: [encryption] });
  await membership(bob, encrypted, bot, "join");
  await sendEncrypted(bob, encrypted);

  const chat = await joinChat(bob);

  expect(chat).not.toBe(encrypted);
  expect(await isEncrypted(bob, chat)).toBe(false);
  expect(await answerTo(bob, chat, jiras.cloud.tokenCommand)).toContain("Alice Archer");
  expect((await said(bob, encrypted)).filter((body) => /encrypt/i.test(body))).toHaveLength(1);
});

it("a second encrypted room names the direct chat that there is already", async () => {
  const carol = await newPerson();
  const chat = await all.directChat(carol);
  await settle(carol, chat);

  const roomId = await encryptedRoom(carol);

  const notice = await carol.waitForEvent(roomId, (event) => event.sender === bot && event.type === "m.room.message", {
    what: "the notice",
  });
  expect(JSON.stringify(notice.content)).toContain(chat);
  await sendEncrypted(carol, roomId);
  await settle(carol, chat);
  expect(await said(carol, roomId)).toHaveLength(1);
});

it("a room that is encrypted later is told so then, by the direct chat of who did it", async () => {
  const dave = await newPerson();
  const roomId = await all.roomWithBot(dave);
  expect(await answerTo(dave, roomId, "!connect jira:main PLAY")).toContain("Connected to");

  await dave.sendState(roomId, encryption.type, "", encryption.content);

  const chat = await joinChat(dave);
  const notice = await hear(dave, roomId, "encrypt");
  expect(notice.sender).toBe(bot);
  await settle(dave, chat);
  expect((await said(dave, roomId)).filter((body) => /cannot read|encrypt/i.test(body))).toHaveLength(1);
});

it("after a restart nothing is said again", async () => {
  const erin = await newPerson();
  const roomId = await encryptedRoom(erin);
  await sendEncrypted(erin, roomId);
  const chat = await joinChat(erin);
  await hear(erin, roomId, "encrypt");
  const invitations = (event: ClientEvent): boolean => event.type === "m.room.member" && event.state_key === erin.userId;

  await all.restartSwitchboard();
  await sendEncrypted(erin, roomId);
  await settle(erin, chat);

  expect(await said(erin, roomId)).toHaveLength(1);
  expect((await erin.readTimeline(chat)).filter(invitations)).toHaveLength(2);
});

it("where the configuration has `encryption` nothing is said in plain there until the section is removed", async () => {
  await all.restartSwitchboard({ encryption: { storagePath: "./crypto" }, cache: { redisUri: "redis://127.0.0.1:1" } });
  const person = await newPerson();
  const roomId = await encryptedRoom(person);
  const chat = await joinChat(person);
  await settle(person, chat);
  const before = await said(person, roomId);

  await all.restartSwitchboard({ encryption: undefined, cache: undefined });
  const notice = await person.waitForEvent(roomId, (event) => event.sender === bot && event.type === "m.room.message", {
    what: "the notice that waited",
  });

  expect(before).toEqual([]);
  expect(bodyOf(notice)).toMatch(/encrypt/i);
});
