import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  FakeTracker,
  ghost,
  mainBot,
  mallory,
  messageEvent,
  now,
  room,
  serviceBot,
  spoken,
  work,
  type BotRig,
  type BotRigOptions,
  createSpeaker,
} from "../../../test/support/bot-fakes.js";
import { RemoteError, StorageError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { PermissionLevel } from "../../core/permissions.js";
import type { Reply, RoomWork } from "../../core/ports/room-work.js";
import { markdown } from "../../shared/markdown.js";
import { createSecretCutter } from "../secret-words.js";

const removed = "Your message was removed, because it held a secret.";
const notRemoved = "Delete your message now, because it holds a secret: I may not remove it here.";
const redaction = `redact ${room} $command ${mainBot}`;
const edit = {
  content: { "m.relates_to": { rel_type: "m.replace", event_id: "$old" }, "m.new_content": { body: "tracker token main s3cret-1" } },
};
const reply = { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } };

/** Everybody may log in; the bot may redact unless told otherwise. */
function accountRig({ botPower = 50, ...options }: BotRigOptions & { readonly botPower?: number } = {}): BotRig {
  const rig = botRig({ rules: [{ actor: "*", services: [{ level: "login" }] }], ...options });
  rig.ports.setState(room, "m.room.power_levels", { users: { [mainBot]: botPower } });
  return rig;
}

function directChat(options: Parameters<typeof accountRig>[0] = {}): BotRig {
  const rig = accountRig(options);
  const record = { ...rig.rooms.records.get(room)!, adminUser: alice };
  rig.rooms.records.set(room, record);
  rig.deps.adminRooms.note(record);
  return rig;
}

function say(rig: BotRig, body: string, extra: Partial<MatrixEvent> = {}, how: Partial<RoomWork> = {}): Promise<readonly Reply[]> {
  return createSpeaker(rig.deps)(work(messageEvent(body, extra), how));
}

const redactions = (rig: BotRig): readonly string[] => rig.ports.requests.filter((request) => request.startsWith("redact"));

describe("a direct chat", () => {
  it("lists what a person can do about an account under the service's name", async () => {
    const [help] = spoken(await say(directChat(), "help"));

    expect(help).toContain(
      "\n### Tracker\n- `tracker token <instance> [email] <token>` - Log in.\n- `tracker logout` - Log out.\n" +
        "- `filters notifications [filter]` - Needs notifications.\n- `filters admin [filter]` - Needs admin.\n\n- `help` - This help text\n",
    );
  });

  it.each([
    "tracker token main a@b.example s3cret-1",
    "Tracker TOKEN main a@b.example s3cret-1",
    "!tracker token main a@b.example s3cret-1",
    "!hookshot tracker token main a@b.example s3cret-1",
    " tracker token main a@b.example s3cret-1",
    `${mainBot}: tracker token main a@b.example s3cret-1`,
  ])("takes a secret, stores what comes of it before it answers, and removes the message (%j)", async (body) => {
    const rig = directChat();
    const steps: string[] = [];
    const change = { type: "put" as const, key: "!login:example.org", value: '{"roomId":"!login:example.org","bots":[]}' };
    rig.tracker.onAccount = async () => ({ answer: markdown`Token stored.`, changes: [change] });
    const commit = rig.rooms.commit.bind(rig.rooms);
    rig.rooms.commit = async (changes) => {
      steps.push(...changes.map(({ key }) => `stored ${key}`));
      await commit(changes);
    };

    const replies = await say(rig, body);

    expect(spoken(replies)).toEqual([`Token stored.\n\n${removed}`]);
    expect(rig.tracker.accountWords).toEqual([["main", "a@b.example", "s3cret-1"]]);
    expect(steps).toEqual(["stored !login:example.org"]);
    expect(redactions(rig)).toEqual([redaction]);
  });

  it.each<[string, string, Partial<MatrixEvent>, string]>([
    ["is refused", "tracker token main s3cret-1", {}, "Failed to handle command: Could not authenticate. Is your token correct?"],
    [
      "lacks a word",
      "tracker token s3cret-1",
      {},
      "Failed to handle command: Missing at least one required parameter. Type it like this: `tracker token <instance> [email] <token>`.",
    ],
    [
      "came too late",
      "tracker token main s3cret-1",
      { origin_server_ts: now - 300_001 },
      "This command was not run: it reached me more than 5 minutes after it was sent. Send it again if you still want it.",
    ],
  ])("removes the message also when the command %s, and repeats no word of it", async (_what, body, extra, text) => {
    const rig = directChat();
    rig.tracker.onAccount = () => Promise.reject(new ValidationError("Could not authenticate. Is your token correct?"));

    const replies = await say(rig, body, extra);

    expect(spoken(replies)).toEqual([`${text}\n\n${removed}`]);
    expect(JSON.stringify([replies, rig.log])).not.toContain("s3cret-1");
  });

  it.each<[string, (rig: BotRig) => void, readonly string[]]>([
    ["the bot lacks the power", (rig) => rig.ports.setState(room, "m.room.power_levels", { users: { [mainBot]: 49 } }), []],
    [
      "the bot may not send redactions",
      (rig) => rig.ports.setState(room, "m.room.power_levels", { users: { [mainBot]: 50 }, events: { "m.room.redaction": 51 } }),
      [],
    ],
    ["the homeserver refuses", (rig) => rig.ports.fail("redact", new RemoteError("No", { status: 403 })), [redaction]],
  ])("asks the person to delete the message where %s", async (_when, prepare, requests) => {
    const rig = directChat();
    prepare(rig);

    expect(spoken(await say(rig, "tracker token main s3cret-1"))).toEqual([`Token stored.\n\n${notRemoved}`]);
    expect(redactions(rig)).toEqual(requests);
  });

  it("waits for a homeserver that is away, but not for one that fails for minutes", async () => {
    const rig = directChat();
    rig.ports.fail("redact", new RemoteError("Broken", { status: 500 }));

    await expect(say(rig, "tracker token main s3cret-1")).rejects.toThrow("Broken");
    const replies = await say(rig, "tracker token main s3cret-1", { origin_server_ts: now - 400_000 }, { receivedAt: now - 400_000 });

    expect(spoken(replies)[0]).toContain(notRemoved);
  });

  it("waits for the disk that did not take a login", async () => {
    const rig = directChat();
    const full = new StorageError("The disk is full.");
    rig.tracker.onAccount = async () => ({ answer: markdown`Token stored.`, changes: [{ type: "del", key: "x" }] });
    rig.rooms.commit = () => Promise.reject(full);

    await expect(say(rig, "tracker token main s3cret-1")).rejects.toBe(full);
  });

  it("tells a remote that fails at once, in its own words", async () => {
    const rig = directChat();
    rig.tracker.onAccount = () => Promise.reject(new RemoteError("The tracker does not answer. Try again later."));

    expect(spoken(await say(rig, "tracker logout"))).toEqual(["Failed to handle command: The tracker does not answer. Try again later."]);
  });

  it("asks for the permission level, where the command has one", async () => {
    const rig = directChat({ rules: [{ actor: "*", services: [{ level: "commands" }, { service: "forge", level: "admin" }] }] });

    expect(spoken(await say(rig, "tracker token main s3cret-1"))).toEqual([
      "Failed to handle command: User does not have permission to log in to service `tracker`: ask the administrator for the level `login` in the " +
        `configuration's \`permissions\`.\n\n${removed}`,
    ]);
    expect(spoken(await say(rig, "tracker logout"))).toEqual(["Token stored."]);
    expect(rig.tracker.accountWords).toEqual([[]]);
  });

  it.each([
    ["admin", "notifications", "Insufficient permissions."],
    ["notifications", "login", "You do not have permission to use this command."],
  ] as const)("is refused without the level %s, whatever word its name begins with", async (level, has, refusal) => {
    const rulesWith = (given: PermissionLevel): BotRigOptions => ({ rules: [{ actor: "*", services: [{ level: given }] }] });

    expect(spoken(await say(directChat(rulesWith(has)), `filters ${level} mine`))).toEqual([
      `Failed to handle command: ${refusal} Ask the administrator for the level \`${level}\` in the configuration's \`permissions\`.`,
    ]);
    expect(spoken(await say(directChat(rulesWith(level)), `filters ${level} mine`))).toEqual(["Token stored."]);
  });

  it("waits instead of refusing while it is not known who has the level", async () => {
    const overrides = { permissionRooms: { has: () => false, isLoading: () => true, applyMember: () => undefined } };

    await expect(say(directChat({ overrides, rules: [] }), "filters admin")).rejects.toThrow(RemoteError);
  });

  it("removes nothing where no secret was typed", async () => {
    const rig = directChat();

    await say(rig, "tracker logout");
    await say(rig, "tracker token");

    expect(redactions(rig)).toEqual([]);
  });

  it.each<[string, Partial<MatrixEvent>, string]>([
    ["* tracker token main s3cret-1", edit, "An edit"],
    ["tracker token main s3cret-1", reply, "A reply"],
    ["> <@bot:example.org> hello\n> there\n\ntracker token main s3cret-1", reply, "A reply"],
  ])("does not take a secret in an edit or a reply, but removes it (%j)", async (body, extra, what) => {
    const rig = directChat();

    expect(spoken(await say(rig, body, extra))).toEqual([
      `Failed to handle command: ${what} is not taken as a command. Send \`tracker token <instance> [email] <token>\` as a new message. Your message was removed.`,
    ]);
    expect(rig.tracker.accountWords).toEqual([]);
    expect(redactions(rig)).toEqual([redaction]);
  });

  it("is no place for a secret while somebody else is there, but ours are nobody", async () => {
    const rig = directChat();
    rig.ports.members = [alice, mainBot, ghost, mallory];

    expect(spoken(await say(rig, "tracker token main s3cret-1"))).toEqual([
      "⛔",
      expect.stringMatching(/^Failed to handle command: `tracker token` is for a direct chat with me alone\. .* others may have read it/),
    ]);
    expect(rig.tracker.accountWords).toEqual([]);
    expect(redactions(rig)).toEqual([redaction]);

    rig.ports.members = [alice, mainBot, ghost];

    expect(spoken(await say(rig, "tracker token main s3cret-1"))).toEqual([`Token stored.\n\n${removed}`]);
  });

  it("removes the message also where its words were cut off behind a prefix of the room's own", async () => {
    const rig = directChat();
    rig.operations.connections = [connection("OWN", { state: { url: "https://tracker.example/OWN", commandPrefix: "!own" } })];
    const cut = createSecretCutter({ ...rig.deps, index: { isCommandPrefix: (word) => word === "!own" } });

    await createSpeaker(rig.deps)(work(cut(messageEvent("!own token main s3cret-1"))));

    expect(redactions(rig)).toEqual([redaction]);
  });

  it("takes no secret where nothing is there to encrypt it with, whether its words were stored or cut off", async () => {
    const tracker = new FakeTracker();
    tracker.logins = createMemoryLogins({ canKeep: false });
    const rig = directChat({ tracker });
    const cut = createSecretCutter({ ...rig.deps, index: { isCommandPrefix: () => false } });
    const typed = messageEvent("tracker token main s3cret-1");

    for (const event of [typed, cut(typed)]) {
      const replies = await createSpeaker(rig.deps)(work(event));

      expect(spoken(replies)[0]).toMatch(/^Failed to handle command: No token is taken here, .*`storage\.keyFile`.*`passFile`/);
      expect(spoken(replies)[0]).toContain(removed);
    }
    expect(tracker.accountWords).toEqual([]);
    expect(redactions(rig)).toHaveLength(2);
  });
});

describe("a secret in a room", () => {
  const inRoom = `\`tracker token\` is for a direct chat with me alone. Open one with \`${mainBot}\`, leave encryption off, and type \`tracker token <instance> [email] <token>\` there.`;
  const gone = "Your message was removed, but others may have read it: revoke that token and make a new one.";

  it.each<[string, Partial<MatrixEvent>]>([
    ["tracker token main s3cret-1", {}],
    ["Tracker token s3cretWithoutDigits", {}],
    ["!tracker token main x", {}],
    ["!tracker tracker token main x", {}],
    ["!hookshot tracker token main x", {}],
    ["!HOOKSHOT Tracker Token main x", {}],
    ["!own token main x", {}],
    ["  tracker token main s3cret-1", {}],
    [`${mainBot}: tracker token main s3cret-1`, {}],
    ["hookshot, !tracker token main s3cret-1", {}],
    ["* tracker token main s3cret-1", edit],
    ["look what I mean", edit],
    ["tracker token main s3cret-1", reply],
  ])("is refused with the remedy and removed (%j)", async (body, extra) => {
    const rig = accountRig();
    rig.operations.connections = [connection("OWN", { state: { url: "https://tracker.example/OWN", commandPrefix: "!own" } })];

    expect(spoken(await say(rig, body, extra))).toEqual(["⛔", `Failed to handle command: ${inRoom} ${gone}`]);
    expect(redactions(rig)).toEqual([redaction]);
    expect(rig.tracker.accountWords).toEqual([]);
  });

  it("has to be deleted by the person where no bot may remove it", async () => {
    const rig = accountRig({ botPower: 0 });

    expect(spoken(await say(rig, "!tracker token main x"))).toEqual([
      "⛔",
      `Failed to handle command: ${inRoom} Delete your message now, since I may not remove it here. Others may have read it: revoke that token and make a new one.`,
    ]);
  });

  it("is removed by whichever bot may, and behind a service bot's prefix too", async () => {
    const rig = accountRig({ withServiceBot: true });
    rig.ports.setState(room, "m.room.power_levels", { users: { [serviceBot]: 100 } });

    const replies = await say(rig, "!track token main x");

    expect(replies.map(({ sender }) => sender)).toEqual([serviceBot, serviceBot]);
    expect(redactions(rig)).toEqual([`redact ${room} $command ${serviceBot}`]);
  });

  it("is a room for everybody else in somebody's direct chat", async () => {
    const rig = directChat();

    expect(spoken(await say(rig, "tracker token main s3cret-1", { sender: mallory }))[1]).toContain(gone);
    expect(rig.tracker.accountWords).toEqual([]);
  });

  it.each([
    "tracker token expired, who can renew it for us?",
    "Tracker token is broken",
    "hookshot: tracker token is broken",
    "tracker token: see https://tracker.example/tokens",
    "tracker token of alice@example.org",
    "tracker tokens main s3cret-1",
    "I said tracker token main s3cret-1",
  ])("is not seen in talk (%j)", async (body) => {
    const rig = accountRig();

    expect(await say(rig, body)).toEqual([]);
    expect(redactions(rig)).toEqual([]);
  });

  it("is named, and nothing removed, where only the command's name was typed", async () => {
    const rig = accountRig();

    expect(spoken(await say(rig, "!tracker token"))).toEqual(["⛔", `Failed to handle command: ${inRoom}`]);
    expect(redactions(rig)).toEqual([]);
  });
});

describe("an answer that is a secret", () => {
  it("is sent to the direct chat past our store, once, and the command is answered with a reaction", async () => {
    const rig = directChat();
    rig.ports.setState(room, "m.room.member", { membership: "join" }, alice);
    const link = "https://remote.example.org/authorize?state=secret-state";
    rig.tracker.onAccount = async () => ({ answer: markdown`Open ${link} to log in.`, isSecret: true });

    const replies = await say(rig, "tracker logout");
    await say(rig, "tracker logout");

    expect(replies.map(({ message }) => message.content["m.relates_to"])).toEqual([expect.objectContaining({ key: "✅" })]);
    expect([...rig.sender.sent.values()].map(({ roomId, message }) => [roomId, message.content["body"]])).toEqual([
      [room, `Open ${link} to log in.`],
    ]);
  });
});
