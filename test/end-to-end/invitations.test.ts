import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MatrixPerson } from "../support/matrix-client.js";
import { accountDataPath, answerTo, bot, EndToEnd, membership, said, type } from "../support/end-to-end.js";

const everything = [{ service: "*", level: "manageConnections" }];

let all: EndToEnd;
let alice: MatrixPerson;
let bob: MatrixPerson;
let carol: MatrixPerson;
let mallory: MatrixPerson;

beforeAll(async () => {
  const permissions = [
    { actor: "@alice:localhost", services: everything },
    { actor: "@carol:localhost", services: [{ service: "jira", level: "commands" }] },
  ];
  all = await EndToEnd.start({ sections: { permissions } });
  [alice, bob, carol, mallory] = await Promise.all([all.person("alice"), all.person("bob"), all.person("carol"), all.person("mallory")]);
});

afterAll(() => all.stop());

describe("an invitation", () => {
  it("by somebody permitted is followed, without a greeting", async () => {
    const roomId = await all.roomWithBot(alice);

    await answerTo(alice, roomId, "!connections");

    expect(await said(alice, roomId)).toHaveLength(1);
  });

  it.each(["11", "12"])("into a room of version %s is followed", async (version) => {
    const roomId = await alice.createRoom({ room_version: version, invite: [bot] });

    await membership(alice, roomId, bot, "join");
  });

  it.each([
    { who: "a stranger", inviter: () => mallory },
    { who: "somebody who may only run commands", inviter: () => carol },
  ])("by $who is refused with the reason", async ({ inviter }) => {
    const roomId = await inviter().createRoom({ invite: [bot] });

    const left = await membership(inviter(), roomId, bot, "leave");

    expect(left.content["reason"]).toBe("You do not have permission to invite this bot.");
  });

  it.each([
    { which: "that spoke before", name: "_jira_known", isKnown: true },
    { which: "that the homeserver does not know yet", name: "_jira_new", isKnown: false },
  ])("to a ghost $which is refused with the reason", async ({ name, isKnown }) => {
    const ghost = `@${name}:localhost`;
    const registration = { type: "m.login.application_service", username: name, inhibit_login: true };
    if (isKnown) await all.asOurs("POST", "/_matrix/client/v3/register", registration);

    const roomId = await alice.createRoom({ is_direct: true, invite: [ghost] });

    const left = await membership(alice, roomId, ghost, "leave");
    expect(left.content["reason"]).toBe("Bridge does not support DMing ghosts.");
  });
});

it("an invitation that came while Switchboard was away is followed when it is back", async () => {
  await all.stopSwitchboard();
  const roomId = await alice.createRoom({ invite: [bot] });

  await all.startSwitchboard();

  await membership(alice, roomId, bot, "join");
});

describe("a direct chat", () => {
  it("is one where commands go without a prefix, for the person who began it", async () => {
    const roomId = await alice.createRoom({ is_direct: true, invite: [bot, bob.userId] });
    await membership(alice, roomId, bot, "join");
    await bob.join(roomId);

    const help = await answerTo(alice, roomId, "help");
    await bob.sendText(roomId, "help");
    const unknown = await answerTo(alice, roomId, "frobnicate the bridge");

    expect(help).toContain("`help` - This help text");
    expect(help).toContain("`!connect <service> <resource> [option=value]`");
    expect(unknown).toBe("Command not understood. For a list of commands, try `help`.");
    expect(await said(alice, roomId)).toEqual([help, unknown]);
    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
    const marked = await all.asOurs("GET", accountDataPath(roomId, "uk.half-shot.matrix-hookshot.github.room"));
    expect(marked).toEqual({ admin_user: alice.userId });
  });

  it("is still one after a restart", async () => {
    const roomId = await alice.createRoom({ is_direct: true, invite: [bot] });
    await membership(alice, roomId, bot, "join");
    await answerTo(alice, roomId, "help");

    await all.restartSwitchboard();

    expect(await answerTo(alice, roomId, "help")).toContain("This help text");
  });
});

describe.each(["11", "12"])("a room of version %s that permissions name", (version) => {
  it("gives its members their rights, and nobody else", async () => {
    const members = await alice.createRoom({ preset: "public_chat", room_version: version });
    await bob.join(members);
    await all.restartSwitchboard({ permissions: [{ actor: members, services: everything }] });
    await membership(alice, members, bot, "join");

    const ofMallory = await mallory.createRoom({ invite: [bot] });
    const refused = await membership(mallory, ofMallory, bot, "leave");
    const ofBob = await all.roomWithBot(bob, { room_version: version });
    const connected = await answerTo(bob, ofBob, "!connect jira PLAY");

    expect(refused.content["reason"]).toBe("You do not have permission to invite this bot.");
    expect(connected).toContain("Connected to Jira project PLAY");
  });

  it("lets its members invite the bot, into the same room that a stranger could not invite it into", async () => {
    const members = await alice.createRoom({ preset: "public_chat", room_version: version });
    await bob.join(members);
    await all.restartSwitchboard({ permissions: [{ actor: members, services: everything }] });
    await membership(alice, members, bot, "join");
    const roomId = await mallory.createRoom({ preset: "trusted_private_chat", room_version: version, invite: [bot, bob.userId] });
    const refused = await membership(mallory, roomId, bot, "leave");

    await bob.join(roomId);
    await bob.invite(roomId, bot);

    expect(refused.content["reason"]).toBe("You do not have permission to invite this bot.");
    await membership(bob, roomId, bot, "join");
    // In a direct chat commands need no prefix; here it is Hookshot's.
    expect(await answerTo(bob, roomId, "!hookshot help")).toContain("!hookshot help` - This help text\n");
  });

  it("gives and takes rights as people come and go", async () => {
    const members = await alice.createRoom({ preset: "public_chat", room_version: version });
    await all.restartSwitchboard({ permissions: [{ actor: members, services: everything }] });
    await membership(alice, members, bot, "join");
    const roomId = await all.roomWithBot(alice, { room_version: version, invite: [bob.userId] });
    await bob.join(roomId);
    // `!hookshot` is silent towards whoever may not connect anything; `!connect` says why not.
    expect(await answerTo(bob, roomId, "!connect jira PLAY")).toContain("You are not permitted to provision connections for jira.");

    await bob.join(members);
    await type(alice, members, "!connections");
    expect(await answerTo(bob, roomId, "!connect jira PLAY")).toContain("You must be able to set state in a room");

    await bob.leave(members);
    await type(alice, members, "!connections");
    expect(await answerTo(bob, roomId, "!connect jira PLAY")).toContain("You are not permitted to provision connections for jira.");
  });
});
