import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bot, connectionType, EndToEnd, membership, said, type } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";

/** Hookshot's sentences, which its users search for; what follows each is the remedy. */
const refusals = {
  config: "You are not permitted to provision connections for jira.",
  person: "You must be able to set state in a room ('Change settings') in order to set up new integrations.",
  bot: "I do not have permission to set up a bridge in this room. Please promote me to an Admin/Moderator.",
} as const;

let all: EndToEnd;
let alice: MatrixPerson;
let bob: MatrixPerson;

beforeAll(async () => {
  const permissions = [
    { actor: "@alice:localhost", services: [{ service: "jira", level: "manageConnections" }] },
    // May connect something, so that `!hookshot` hears him, but not Jira.
    {
      actor: "@bob:localhost",
      services: [
        { service: "jira", level: "login" },
        // Hookshot's older name for `generic`.
        { service: "webhooks", level: "manageConnections" },
      ],
    },
  ];
  all = await EndToEnd.start({ sections: { permissions, generic: { urlPrefix: "http://localhost/webhook/" } } });
  [alice, bob] = await Promise.all([all.person("alice"), all.person("bob")]);
});

afterAll(() => all.stop());

async function refusalsIn(person: MatrixPerson, roomId: string): Promise<readonly string[]> {
  const before = all.jira.requests.length;
  const answers = [
    await answerTo(person, roomId, "!connect jira PLAY"),
    await answerTo(person, roomId, `!hookshot jira project ${all.projectUrl()}`),
  ];
  expect(all.jira.requests).toHaveLength(before);
  expect((await person.getState(roomId)).filter((event) => event.type === connectionType)).toEqual([]);
  return answers;
}

describe.each(["10", "11", "12"])("in a room of version %s", (version) => {
  it("who lacks manageConnections in the configuration connects nothing, whatever power they have in the room", async () => {
    const roomId = await all.roomWithBot(bob, { room_version: version });

    const [own, hookshots] = await refusalsIn(bob, roomId);

    expect(own).toMatch(startOf(refusals.config));
    expect(own).toContain("manageConnections for jira");
    expect(hookshots).toMatch(startOf(`Failed to handle command: ${refusals.config}`));
  });

  it("who may manage one service alone connects that one, and no other", async () => {
    const roomId = await all.roomWithBot(bob, { room_version: version });

    expect(await answerTo(bob, roomId, "!hookshot webhook test")).toBe(
      "Room configured to bridge webhooks. See admin room for secret url.",
    );
    expect(await answerTo(bob, roomId, `!hookshot jira project ${all.projectUrl()}`)).toMatch(
      startOf(`Failed to handle command: ${refusals.config}`),
    );
  });

  it("who lacks power in the room connects nothing", async () => {
    const roomId = await all.roomWithBot(bob, { room_version: version, invite: [alice.userId] });
    await alice.join(roomId);

    const [own, hookshots] = await refusalsIn(alice, roomId);

    expect(own).toMatch(startOf(refusals.person));
    expect(own).toContain("Your power level is 0; ask somebody who may to raise it to 50.");
    expect(hookshots).toMatch(startOf(`Failed to handle command: ${refusals.person}`));
  });

  it("a bot without power says whom to ask for it, and connects as soon as it has it", async () => {
    const roomId = await all.roomWithBot(alice, { room_version: version, botPower: 0 });

    const [own, hookshots] = await refusalsIn(alice, roomId);
    await alice.changePowerLevels(roomId, (levels) => ({ ...levels, users: { ...(levels["users"] as object), [bot]: 50 } }));
    const connected = await answerTo(alice, roomId, "!connect jira PLAY");

    expect(own).toMatch(startOf(refusals.bot));
    expect(own).toContain(`The power level of ${bot} is 0, and ${connectionType} needs 50.`);
    expect(hookshots).toMatch(startOf(`Failed to handle command: ${refusals.bot}`));
    expect(connected).toContain("Connected to Jira project PLAY");
  });

  it("disconnecting asks for the same rights", async () => {
    const roomId = await all.roomWithBot(alice, { room_version: version, invite: [bob.userId] });
    await bob.join(roomId);
    await answerTo(alice, roomId, "!connect jira PLAY");

    const refused = [
      await answerTo(bob, roomId, "!disconnect jira PLAY"),
      await answerTo(bob, roomId, `!hookshot jira remove project ${all.projectUrl()}`),
    ];

    expect(refused[0]).toContain(refusals.config);
    expect(refused[1]).toContain(refusals.config);
    expect(await alice.getStateContent(roomId, connectionType, all.projectUrl())).toMatchObject({ url: all.projectUrl() });
  });
});

it("in a room of version 12 a creator has power though no list names them", async () => {
  const roomId = await all.roomWithBot(bob, {
    room_version: "12",
    invite: [alice.userId],
    creation_content: { additional_creators: [alice.userId] },
  });
  await alice.join(roomId);

  expect(await answerTo(alice, roomId, "!connect jira PLAY")).toContain("Connected to Jira project PLAY");
});

it("in a room of version 12 the bot has power as a creator", async () => {
  const roomId = await all.roomWithBot(alice, {
    room_version: "12",
    bots: [],
    invite: [bot],
    creation_content: { additional_creators: [bot] },
  });
  await alice.waitForEvent(roomId, (event) => event.state_key === bot && event.content["membership"] === "join");

  expect(await answerTo(alice, roomId, "!connect jira PLAY")).toContain("Connected to Jira project PLAY");
});

it("nobody hears a ghost's or another bot's commands", async () => {
  const roomId = await all.roomWithBot(alice, { room_version: "11" });
  const ghost = "@_jira_ada:localhost";
  await all.asOurs("POST", "/_matrix/client/v3/register", {
    type: "m.login.application_service",
    username: "_jira_ada",
    inhibit_login: true,
  });
  await alice.invite(roomId, ghost);
  await membership(alice, roomId, ghost, "leave");
  await alice.send(roomId, "m.room.message", { msgtype: "m.notice", body: "!connections" });
  await all.transaction("ghost", [
    {
      type: "m.room.message",
      event_id: "$ghost",
      room_id: roomId,
      sender: ghost,
      origin_server_ts: Date.now(),
      content: { msgtype: "m.text", body: "!connections" },
    },
  ]);

  await type(alice, roomId, "!connections");

  expect(await said(alice, roomId)).toHaveLength(1);
});

it("who may connect nothing at all gets no answer to !hookshot, as in Hookshot", async () => {
  const carol = await all.person("carol");
  const roomId = await all.roomWithBot(alice, { invite: [carol.userId] });
  await carol.join(roomId);

  await carol.sendText(roomId, "!hookshot help");
  await type(alice, roomId, "!connections");

  expect(await said(alice, roomId)).toHaveLength(1);
});

function startOf(sentence: string): RegExp {
  return new RegExp(`^${sentence.replaceAll(/[.()/?]/g, "\\$&")}`);
}
