import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  mainBot,
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
import { PermissionError, RemoteError, StorageError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { Reply, RoomWork } from "../../core/ports/room-work.js";
import { markdown } from "../../shared/markdown.js";

function say(rig: BotRig, body: string, extra: Partial<MatrixEvent> = {}, how: Partial<RoomWork> = {}): Promise<readonly Reply[]> {
  return createSpeaker(rig.deps)(work(messageEvent(body, extra), how));
}

function connectedRig(options: BotRigOptions = {}): BotRig {
  const rig = botRig({ rules: [{ actor: "*", services: [{ level: "commands" }] }], ...options });
  rig.operations.connections = [
    connection("PLAY", { priority: 1 }),
    connection("OPS", { priority: 2 }),
    connection("OWN", { state: { url: "https://tracker.example/OWN", commandPrefix: "!own" }, priority: 9 }),
    connection("BAD", { status: { kind: "ungranted", reason: "nobody approved it" }, priority: 9 }),
  ];
  return rig;
}

/** What one command was called with. */
async function ran(body: string, rig = connectedRig()): Promise<{ readonly name: string; readonly at: string; readonly values: object }> {
  await say(rig, body);
  expect(rig.tracker.ran).toHaveLength(1);
  const { name, connection: picked, values } = rig.tracker.ran[0]!;
  return { name, at: picked.stateKey.replace("https://tracker.example/", ""), values };
}

const help =
  "- `!tracker create <type> <title> [description] [labels]` - Help of create.\n" +
  "- `!tracker comment <issue> <text>` - Help of comment.\n" +
  "- `!tracker search <text>` - Help of search.\n" +
  "- `!tracker search exactly <query>` - Help of search exactly.\n" +
  "- `!tracker types` - Help of types.\n" +
  "- `!tracker help` - This help text\n";

describe("a command of a connection", () => {
  it("is answered with a reaction alone, where that is its answer", async () => {
    const rig = connectedRig();
    rig.tracker.onRun = async () => ({ reaction: "Issue #5" });

    const replies = await say(rig, "!tracker types");

    expect(replies.map(({ message, sender }) => [message, sender])).toEqual([
      [
        {
          type: "m.reaction",
          content: { "m.relates_to": { rel_type: "m.annotation", event_id: "$command", key: "Issue #5" } },
        },
        mainBot,
      ],
    ]);
  });

  it("is run with what was typed, and answered with a notice and a reaction", async () => {
    const rig = connectedRig();

    const replies = await say(rig, "!tracker create Bug it's broken");

    expect(spoken(replies)).toEqual(["done at https://tracker.example/OPS", "✅"]);
    expect(replies.map(({ sender }) => sender)).toEqual([mainBot, mainBot]);
    expect(rig.tracker.ran).toMatchObject([{ values: { type: "Bug", title: "it's broken" }, actor: alice, prefix: "!tracker" }]);
    expect(rig.tracker.ran[0]!.connections.map(({ remoteKeys }) => remoteKeys)).toEqual([["OPS"], ["PLAY"]]);
  });

  it.each<[string, string, string, object]>([
    ["!tracker types", "types", "OPS", {}],
    ["!tracker TYPES", "types", "OPS", {}],
    ["!tracker\ttypes", "types", "OPS", {}],
    ["!tracker search exactly a = b", "search exactly", "OPS", { query: "a = b" }],
    ["!tracker search exact thing", "search", "OPS", { text: "exact thing" }],
    ["!tracker comment PLAY-1 one\ntwo", "comment", "PLAY", { issue: "PLAY-1", text: "one\ntwo" }],
    ["!tracker comment ELSE-1 text", "comment", "OPS", { issue: "ELSE-1", text: "text" }],
    ["!own types", "types", "OWN", {}],
  ])("%j goes to the connection that is meant", async (body, name, at, values) => {
    expect(await ran(body)).toEqual({ name, at, values });
  });

  it.each<[string, string, object]>([
    ["!tracker types PLAY", "PLAY", {}],
    ['!tracker create PLAY Bug "x"', "PLAY", { type: "Bug", title: "x" }],
    ["!tracker create https://tracker.example/PLAY Bug x", "PLAY", { type: "Bug", title: "x" }],
    [
      "!tracker comment https://tracker.example/PLAY-1 OPS-2 is the same",
      "PLAY",
      { issue: "https://tracker.example/PLAY-1", text: "OPS-2 is the same" },
    ],
    ["!tracker comment PLAY OPS-2 is the same", "OPS", { issue: "OPS-2", text: "is the same" }],
    ["!tracker create play Bug x", "OPS", { type: "play", title: "Bug x" }],
    ["!tracker create PLAY Bug", "OPS", { type: "PLAY", title: "Bug" }],
    ['!tracker create "PLAY" Bug x', "OPS", { type: "PLAY", title: "Bug x" }],
    ["!tracker search PLAY", "OPS", { text: "PLAY" }],
    ["!tracker search PLAY it's broken", "PLAY", { text: "it's broken" }],
    ["!tracker comment PLAY OPS-1 text", "OPS", { issue: "OPS-1", text: "text" }],
    ["!tracker create OWN Bug x", "OPS", { type: "OWN", title: "Bug x" }],
  ])("%j: a connected resource named in front picks it, if enough is left without it", async (body, at, values) => {
    const rig = connectedRig();

    await say(rig, body);

    const [call] = rig.tracker.ran;
    expect(call?.values).toEqual(values);
    expect(call?.connection.stateKey).toBe(`https://tracker.example/${at}`);
  });

  it.each(["!tracker", "!tracker ", "!tracker help", "!tracker Help me"])("%j is answered with all there is", async (body) => {
    expect(spoken(await say(connectedRig(), body))).toEqual([help, "✅"]);
  });

  it.each(["!tracker nonsense", "!tracker searching x", "!Tracker types", " !tracker types", "!trackers types", "!other types"])(
    "%j gets no answer",
    async (body) => {
      expect(await say(connectedRig(), body)).toEqual([]);
    },
  );

  it("that is none may be a set-up command behind the same prefix", async () => {
    const rig = connectedRig({ withServiceBot: true, rules: [{ actor: "*", services: [{ level: "manageConnections" }] }] });
    rig.operations.connections = [connection("PLAY", { state: { url: "https://tracker.example/PLAY", commandPrefix: "!track" } })];

    expect(spoken(await say(rig, "!track tracker list project"))).toEqual([" * one", "✅"]);
    expect(spoken(await say(rig, "!track types"))).toEqual(["done at https://tracker.example/PLAY", "✅"]);
  });

  it("is answered by the service's bot where there is one, and by nobody where none serves it", async () => {
    const rig = connectedRig({ withServiceBot: true });
    expect((await say(rig, "!tracker types")).map(({ sender }) => sender)).toEqual([serviceBot, serviceBot]);

    rig.rooms.records.set(room, { ...rig.rooms.records.get(room)!, bots: [] });
    rig.operations.facts = { bots: [] };

    expect(await say(rig, "!tracker types")).toEqual([]);
  });
});

describe("a command of a connection that cannot be run", () => {
  it.each<[string, string]>([
    [
      "!tracker create Bug",
      "Missing at least one required parameter. Type it like this: `!tracker create <type> <title> [description] [labels]`.",
    ],
    [
      `!tracker create Bug The "title" of it all`,
      `"it" is one word too many: what has several words goes in quotes. Type it like this: \`!tracker create <type> <title> [description] [labels]\`.`,
    ],
    ["!tracker types now", `"now" is one word too many: what has several words goes in quotes. Type it like this: \`!tracker types\`.`],
  ])("is told how %j is typed", async (body, sentence) => {
    const rig = connectedRig();

    expect(spoken(await say(rig, body))).toEqual(["⛔", `Failed to handle command: ${sentence}`]);
    expect(rig.tracker.ran).toEqual([]);
  });

  it.each(["!tracker types", "!tracker create", "!tracker help"])("is refused to somebody without the level (%j)", async (body) => {
    const rig = connectedRig({ rules: [{ actor: "*", services: [{ service: "forge", level: "admin" }] }] });

    expect(spoken(await say(rig, body))).toEqual([
      "⛔",
      "Failed to handle command: You do not have permission to use this command. Ask the administrator for the level `commands` in the configuration's `permissions`.",
    ]);
    expect(rig.tracker.ran).toEqual([]);
  });

  it("waits while it is not known whether the person may", async () => {
    const permissionRooms = { has: () => false, isLoading: () => true, applyMember: () => undefined };

    await expect(say(connectedRig({ rules: [], overrides: { permissionRooms } }), "!tracker types")).rejects.toMatchObject({
      isTransient: true,
    });
  });

  it.each<[string, Error, string]>([
    ["the service's refusal", new ValidationError("There is no type `Bugg`."), "There is no type `Bugg`."],
    [
      "a missing right, with its remedy",
      new PermissionError("You are not logged in.", "HS_FORBIDDEN_USER", "Log in."),
      "You are not logged in. Log in.",
    ],
    ["a remote that cannot be reached, at once", new RemoteError("No answer. Try again later."), "No answer. Try again later."],
    [
      "a login that cannot be opened",
      new StorageError("It was encrypted with another key."),
      "It was encrypted with another key. Tell the administrator.",
    ],
    [
      "a mistake of ours, without its insides",
      new TypeError("x of undefined"),
      "Something unexpected went wrong. Look whether anything was changed before you try again, and ask the administrator to look for `$command` in the log.",
    ],
  ])("tells %s", async (_what, error, text) => {
    const rig = connectedRig();
    rig.tracker.onRun = () => Promise.reject(error);

    expect(spoken(await say(rig, "!tracker types"))).toEqual(["⛔", `Failed to handle command: ${text}`]);
  });

  it("after a crash is not run again, if it had begun", async () => {
    const rig = connectedRig();

    const replies = await say(rig, "!tracker create Bug x", {}, { begun: true });

    expect(spoken(replies)).toEqual([
      "This command was interrupted, and whether it changed anything is not known. Look whether it did before you send it again.",
    ]);
    expect(rig.tracker.ran).toEqual([]);
  });

  it("is marked begun by itself, once it has read what it needs", async () => {
    const rig = connectedRig();
    const steps: string[] = [];
    rig.tracker.onRun = async ({ begin }) => {
      steps.push("read");
      await begin();
      steps.push("changed");
      return markdown`done`;
    };

    await say(rig, "!tracker create Bug x", {}, { markBegun: async () => void steps.push("begun") });

    expect(steps).toEqual(["read", "begun", "changed"]);
  });

  it("waits for a disk that does not take the mark, whatever the service makes of that", async () => {
    const rig = connectedRig();
    const full = new StorageError("The disk is full.");
    rig.tracker.onRun = async ({ begin }) => {
      await begin();
      return markdown`done`;
    };

    await expect(say(rig, "!tracker create Bug x", {}, { markBegun: () => Promise.reject(full) })).rejects.toBe(full);
  });

  it("that arrives after more than 5 minutes is not run", async () => {
    const rig = connectedRig();

    expect(spoken(await say(rig, "!tracker types", { origin_server_ts: now - 300_001 }))).toHaveLength(1);
    expect(rig.tracker.ran).toEqual([]);
  });
});

describe("a room without such a connection", () => {
  it.each(["!tracker create Bug x", "!tracker types", "!tracker help", "!tracker"])("is told how to get one (%j)", async (body) => {
    expect(spoken(await say(botRig(), body))).toEqual([
      "⛔",
      "Failed to handle command: This room has no Tracker project to act on. To connect one, type `!connect tracker <resource>`; `!connections` lists what there is.",
    ]);
  });

  it("tells nothing to those who may not use commands, nor about words that are no command", async () => {
    expect(await say(botRig({ rules: [] }), "!tracker types")).toEqual([]);
    expect(await say(botRig(), "!tracker nonsense")).toEqual([]);
  });

  it("is silent where the connection has a prefix of its own", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("OWN", { state: { url: "https://tracker.example/OWN", commandPrefix: "!own" } })];

    expect(await say(rig, "!tracker types")).toEqual([]);
  });
});
