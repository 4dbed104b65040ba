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
  trackerType,
  work,
  type BotRig,
  type BotRigOptions,
  createSpeaker,
} from "../../../test/support/bot-fakes.js";
import { PermissionError, RemoteError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { Reply, RoomWork } from "../../core/ports/room-work.js";
import type { ConnectionTarget, Resolution } from "../../core/service.js";

function say(rig: BotRig, body: string, extra: Partial<MatrixEvent> = {}, how: Partial<RoomWork> = {}): Promise<readonly Reply[]> {
  return createSpeaker(rig.deps)(work(messageEvent(body, extra), how));
}

async function answer(body: string, rig: BotRig = botRig()): Promise<string> {
  const replies = await say(rig, body);
  expect(replies).toHaveLength(1);
  return spoken(replies)[0]!;
}

function htmlOf(replies: readonly Reply[]): string {
  return String(replies[0]!.message.content["formatted_body"]);
}

describe("!connect", () => {
  it("connects the room after the checks, and answers with what was connected", async () => {
    const rig = botRig();

    const replies = await say(rig, "!connect tracker PLAY");

    expect(spoken(replies)).toEqual(["Connected to Tracker project PLAY at main (https://tracker.example)."]);
    expect(replies[0]!.message.content).toMatchObject({ msgtype: "m.notice", format: "org.matrix.custom.html", "m.mentions": {} });
    expect(rig.operations.calls).toEqual([`checkMayChange ${room} ${alice} ${trackerType}`, `connect ${room} PLAY`]);
    expect(rig.tracker.asked).toEqual([{ typed: "PLAY", actor: alice, roomId: room }]);
  });

  it("names no remote where there is none", async () => {
    const rig = botRig();
    const target = { kindId: "project", stateKey: "builds", state: { url: "https://tracker.example/builds" }, name: "builds" };
    rig.tracker.answer = { kind: "found", target };

    expect(await answer("!connect tracker builds", rig)).toBe("Connected to Tracker project builds.");
  });

  it("has what the service learnt while looking stored with the connection", async () => {
    const rig = botRig();
    const learnt = { type: "put" as const, key: "project/1", value: "PLAY" };
    // What the rig's tracker answers unless told otherwise.
    rig.tracker.answer = { ...(rig.tracker.answer as Extract<Resolution, { kind: "found" }>), changes: [learnt] };

    await say(rig, "!connect tracker PLAY");

    expect(rig.operations.connected.map(({ changes }) => changes)).toEqual([[learnt]]);
  });

  it("passes on the remote's name and the options", async () => {
    const rig = botRig();

    await say(rig, `!connect TRACKER:Main events=all https://tracker.example/?a=b label="two words"`);

    expect(rig.tracker.asked).toEqual([{ typed: "https://tracker.example/?a=b", actor: alice, remoteName: "Main", roomId: room }]);
    expect(rig.operations.connected[0]?.options).toEqual({ events: "all", label: "two words" });
  });

  it.each([`!connect "tracker:SD Elements" PLAY`, `!connect tracker:"SD Elements" PLAY`, `!connect Tracker:'SD Elements' PLAY`])(
    "passes on the remote's name with the blanks in it from %s",
    async (typed) => {
      const rig = botRig();

      await say(rig, typed);

      expect(rig.tracker.asked).toEqual([{ typed: "PLAY", actor: alice, remoteName: "SD Elements", roomId: room }]);
    },
  );

  it.each([
    { kind: "created" as const, lead: "Connected to Tracker project PLAY at main (https://tracker.example)." },
    {
      kind: "exists" as const,
      lead: "This room is already connected to Tracker project PLAY at main (https://tracker.example). Nothing was changed.",
    },
  ])("tells what was done at the remote afterwards, also where a connection $kind", async ({ kind, lead }) => {
    const rig = botRig();
    const told: string[] = [];
    // What the rig's tracker answers unless told otherwise.
    const found = rig.tracker.answer as Extract<Resolution, { kind: "found" }>;
    if (kind === "exists") await say(rig, "!connect tracker PLAY");
    const afterwards: ConnectionTarget["afterwards"] = async (result) => {
      told.push(result.kind);
      return { said: "A *webhook* `was` made." };
    };
    rig.tracker.answer = { ...found, target: { ...found.target, afterwards } };

    const replies = await say(rig, "!connect tracker PLAY", { event_id: "$second" });

    expect(told).toEqual([kind]);
    expect(spoken(replies)).toEqual([`${lead} A *webhook* \`was\` made.`]);
    expect(htmlOf(replies)).toContain("A *webhook* <code>was</code> made.");
  });

  it("answers with the reason when the remote fails afterwards", async () => {
    const rig = botRig();
    // What the rig's tracker answers unless told otherwise.
    const found = rig.tracker.answer as Extract<Resolution, { kind: "found" }>;
    const afterwards = (): Promise<never> => Promise.reject(new RemoteError("The tracker is away."));
    rig.tracker.answer = { ...found, target: { ...found.target, afterwards } };

    expect(await answer("!connect tracker PLAY", rig)).toContain("The tracker is away.");
  });

  it.each<[string, string]>([
    ["!connect", "Say what to connect, like this: `!connect tracker <resource>`. Enabled: `tracker`."],
    ["!connect tracker", "Say what of Tracker to connect, like this: `!connect tracker <resource>`."],
    ["!connect nothing PLAY", `There is no service called "nothing" here. Enabled: \`tracker\`.`],
    ["!connect painting PLAY", "This version cannot connect Paint yet. Enabled: `tracker`."],
    [
      "!connect forge a/b",
      "The bridge is not configured to support Forge. Ask the administrator to enable the section `forge` of the configuration.",
    ],
    ["!connect tracker my project", `"project" is one word too many: a name of several words goes in quotes, an option is \`name=value\`.`],
    [
      "!connect tracker PLAY __proto__=1",
      `"__proto__=1" is one word too many: a name of several words goes in quotes, an option is \`name=value\`.`,
    ],
  ])("answers %j without asking anybody", async (typed, sentence) => {
    const rig = botRig();

    expect(await answer(typed, rig)).toBe(sentence);
    expect(rig.operations.calls).toEqual([]);
    expect(rig.tracker.asked).toEqual([]);
  });

  it("says so when no service is enabled", async () => {
    const rig = botRig({ overrides: { services: [] } });

    expect(await answer("!connect", rig)).toBe(
      "Say what to connect, like this: `!connect <service> <resource>`. No service is enabled: ask the administrator to configure one.",
    );
  });

  it("says so when a service connects nothing by name", async () => {
    const { active } = botRig().tracker;
    const { id, title, configKey, permissionName, configSchema, kinds } = active.service;
    const service = { id, title, configKey, permissionName, configSchema, kinds };
    const nameless = botRig({ overrides: { services: [{ ...active, service }] } });

    expect(await answer("!connect tracker PLAY", nameless)).toBe("Tracker has nothing that a room can be connected to by name.");
  });

  it("asks the remote nothing for somebody without the right", async () => {
    const rig = botRig();
    rig.operations.refusals.set("checkMayChange", new PermissionError("You may not. Ask `@admin`."));

    const replies = await say(rig, "!connect tracker PLAY");

    expect(spoken(replies)).toEqual(["You may not. Ask `@admin`."]);
    expect(htmlOf(replies)).toBe("You may not. Ask <code>@admin</code>.");
    expect(rig.tracker.asked).toEqual([]);
  });

  it("lists what to type when several remotes fit", async () => {
    const rig = botRig();
    rig.tracker.answer = {
      kind: "ambiguous",
      choices: [
        { typed: "tracker:main PLAY", description: "at https://a.example" },
        { typed: "tracker:other PLAY", description: "at https://b.example" },
      ],
    };

    expect(await answer("!connect tracker PLAY", rig)).toBe(
      "Several fit `PLAY`. Nothing was connected; type one of these:\n\n" +
        "- `!connect tracker:main PLAY`: at https://a.example\n- `!connect tracker:other PLAY`: at https://b.example",
    );
    expect(rig.operations.connected).toEqual([]);
  });

  it("tells the service's refusal", async () => {
    const rig = botRig();
    rig.tracker.answer = { kind: "refused", reason: "There is no project NOPE. Type another one." };

    expect(await answer("!connect tracker NOPE", rig)).toBe("There is no project NOPE. Type another one.");
  });

  it.each([
    ["!connect tracker PLAY", "Nothing was changed."],
    ["!connect tracker PLAY a=b", "The options were not changed: `!disconnect tracker PLAY` first."],
  ])("reports for %j that it is connected already", async (typed, rest) => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    expect(await answer(typed, rig)).toBe(
      `This room is already connected to Tracker project PLAY at main (https://tracker.example). ${rest}`,
    );
  });

  it("names the reason when nothing comes through the connection", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY", { status: { kind: "ungranted", reason: "its grant was withdrawn" } })];

    expect(await answer("!connect tracker PLAY", rig)).toBe(
      "Connected to Tracker project PLAY at main (https://tracker.example), but nothing comes through it yet: its grant was withdrawn",
    );
  });

  it("answers at once when the remote fails", async () => {
    const rig = botRig();
    rig.tracker.answer = new RemoteError("https://tracker.example gave no answer.");

    expect(await answer("!connect tracker PLAY", rig)).toBe(
      "https://tracker.example gave no answer. Try again later; if it goes on, tell the administrator.",
    );
  });

  it.each(["checkMayChange", "connect"] as const)("waits when the homeserver fails (%s)", async (method) => {
    const rig = botRig();
    rig.operations.refusals.set(method, new RemoteError("No answer"));

    await expect(say(rig, "!connect tracker PLAY")).rejects.toThrow("No answer");
  });

  it.each<[string, unknown, string]>([
    [
      "a definite refusal of the homeserver",
      new RemoteError("The homeserver refused.", { status: 403 }),
      "The homeserver refused. Try again later; if it goes on, tell the administrator.",
    ],
    ["options that do not fit", new ValidationError("events must be a list."), "events must be a list."],
    [
      "a mistake of ours, without its insides",
      new TypeError("x of undefined"),
      "Something unexpected went wrong. Ask the administrator to look for `$command` in the log, then try again.",
    ],
  ])("tells %s", async (_what, error, sentence) => {
    const rig = botRig();
    rig.operations.refusals.set("connect", error);

    expect(await answer("!connect tracker PLAY", rig)).toBe(sentence);
    expect(rig.log.length).toBe(error instanceof TypeError ? 1 : 0);
  });

  it("waits while it is not known whether the person may", async () => {
    const loading = { has: () => false, isLoading: () => true, applyMember: () => undefined };
    const rig = botRig({ rules: [], overrides: { permissionRooms: loading } });

    await expect(say(rig, "!connect tracker PLAY")).rejects.toMatchObject({ isTransient: true });
  });

  it("escapes what comes from outside, and its body shows it as it is", async () => {
    const rig = botRig();
    const evil = "<img src=x onerror=y> *@room* [x](javascript:1) `code`";
    rig.tracker.answer = { kind: "refused", reason: `No ${evil}` };

    const [reply] = await say(rig, "!connect tracker PLAY");

    expect(reply!.message.content["body"]).toBe(`No ${evil}`);
    expect(reply!.message.content["formatted_body"]).toBe("No &lt;img src=x onerror=y&gt; *@room* [x](javascript:1) <code>code</code>");
    expect(reply!.message.content["m.mentions"]).toEqual({});
  });

  it.each(["`", "``", "a`b", "` <b>x</b>", "<b>`</b>"])("shows the typed %j as code", async (typed) => {
    const rig = botRig();
    rig.tracker.answer = { kind: "ambiguous", choices: [] };

    const replies = await say(rig, `!connect tracker "${typed}"`);

    expect(htmlOf(replies)).toContain(`<code>${typed.replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</code>`);
  });

  it("is answered by the service's own bot where there is one", async () => {
    const rig = botRig({ withServiceBot: true });

    expect((await say(rig, "!connect tracker PLAY"))[0]?.sender).toBe(serviceBot);
    expect((await say(rig, "!connect forge a"))[0]?.sender).toBe(mainBot);
  });
});

describe("!disconnect", () => {
  it("ends every connection that means the thing, whatever its key, type or scheme", async () => {
    const rig = botRig();
    const sameThing = connection("PLAY", {
      stateKey: "old",
      eventType: "org.example.old.tracker",
      state: { url: "http://tracker.example/PLAY" },
    });
    rig.operations.connections = [connection("PLAY"), connection("WORK"), sameThing];

    const text = await answer("!disconnect tracker PLAY", rig);

    expect(text).toBe(
      "Ended 2 connections that meant the same:\n\n" +
        "- Tracker project [PLAY](https://tracker.example/PLAY), state key `https://tracker.example/PLAY`\n" +
        "- Tracker project [PLAY](http://tracker.example/PLAY), state key `old`",
    );
    expect(rig.operations.calls).toEqual([
      `checkMayChange ${room} ${alice} ${trackerType}`,
      "disconnect https://tracker.example/PLAY disabled",
      "disconnect old disabled",
    ]);
  });

  it("names what it ended", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    expect(await answer("!disconnect tracker play", rig)).toBe("Disconnected from Tracker project [PLAY](https://tracker.example/PLAY).");
  });

  it.each([
    { typed: `!disconnect tracker:tracker.example PLAY`, ends: true },
    { typed: `!disconnect tracker:"Registered One" PLAY`, ends: true },
    { typed: `!disconnect tracker:"Registered One" OTHER`, ends: false },
    { typed: `!disconnect tracker:elsewhere PLAY`, ends: false },
  ])("by the name of a remote, registered ones among them, ends what is there: $typed", async ({ typed, ends }) => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    expect((await answer(typed, rig)).startsWith("Disconnected from")).toBe(ends);
    expect(rig.operations.connections).toHaveLength(ends ? 0 : 1);
  });

  it("takes the thing with that very state key first, unless a remote is named", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("here/PLAY", { stateKey: "PLAY" }), connection("other/PLAY")];

    expect(await answer("!disconnect tracker:other PLAY", rig)).toBe(
      "Disconnected from Tracker project [PLAY](https://tracker.example/other/PLAY).",
    );
    rig.operations.connections.push(connection("other/PLAY"));
    expect(await answer("!disconnect tracker PLAY", rig)).toBe(
      "Disconnected from Tracker project [PLAY](https://tracker.example/here/PLAY).",
    );
  });

  it("ends state that fits no schema by its state key, without asking the service about it", async () => {
    const rig = botRig();
    rig.operations.connections = [
      connection("PLAY", { stateKey: "garbage", state: {}, status: { kind: "invalid", reason: "url: is required" } }),
    ];

    expect(await answer("!disconnect tracker garbage", rig)).toBe("Disconnected from Tracker project garbage.");
  });

  it("leaves what the configuration says, and ends what means the same in the room", async () => {
    const rig = botRig();
    const fixed = connection("PLAY", { stateKey: "fixed", isStatic: true });
    rig.operations.connections = [fixed, connection("PLAY")];

    expect(await answer("!disconnect tracker PLAY", rig)).toBe("Disconnected from Tracker project [PLAY](https://tracker.example/PLAY).");
    expect(await answer("!disconnect tracker PLAY", rig)).toBe(
      "Tracker project [PLAY](https://tracker.example/PLAY) is set in the configuration, where only the administrator can end it. Nothing was changed.",
    );
    expect(rig.operations.connections).toEqual([fixed]);
  });

  it("asks which one when different things fit", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY"), connection("other/PLAY")];

    expect(await answer("!disconnect tracker PLAY", rig)).toBe(
      "Several connections fit `PLAY`. Nothing was changed; type one of these:\n\n" +
        "- `!disconnect tracker https://tracker.example/PLAY`\n- `!disconnect tracker https://tracker.example/other/PLAY`",
    );
    expect(await answer("!disconnect tracker:other PLAY", rig)).toBe(
      "Disconnected from Tracker project [PLAY](https://tracker.example/other/PLAY).",
    );
  });

  it.each<[string, string]>([
    [
      "!disconnect",
      "Say what to disconnect, like this: `!disconnect <service> <resource>`. `!connections` lists what there is. Enabled: `tracker`.",
    ],
    ["!disconnect tracker", "Say what of Tracker to disconnect: `!disconnect tracker <resource>`. `!connections` lists what there is."],
    ["!disconnect nothing X", `There is no service called "nothing" here. Enabled: \`tracker\`.`],
    ["!disconnect tracker a b", "`b` is one word too many: a name of several words goes in quotes. Nothing was changed."],
    [
      "!disconnect tracker NOPE",
      "This room is not connected to Tracker `NOPE`. Nothing was changed. Connected are:\n\n- Tracker project [WORK](https://tracker.example/WORK)",
    ],
  ])("answers %j and changes nothing", async (typed, sentence) => {
    const rig = botRig();
    rig.operations.connections = [connection("WORK")];

    expect(await answer(typed, rig)).toBe(sentence);
    expect(rig.operations.disconnected).toEqual([]);
  });

  it("says how to connect where nothing is", async () => {
    expect(await answer("!disconnect tracker PLAY")).toBe(
      "This room is not connected to Tracker `PLAY`. Nothing was changed. It has no Tracker connection; `!connect tracker <resource>` makes one.",
    );
  });

  it("is refused before anything is looked at", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];
    rig.operations.refusals.set("checkMayChange", new PermissionError("You may not."));

    expect(await answer("!disconnect tracker PLAY", rig)).toBe("You may not.");
    expect(rig.operations.disconnected).toEqual([]);
  });
});

describe("a service with other words", () => {
  function wordyRig(): BotRig {
    const tracker = new FakeTracker();
    const { service, context } = tracker.active;
    return botRig({ tracker, overrides: { services: [{ service: { ...service, words: ["issues", "bugs"] }, context }] } });
  }

  it.each(["issues", "Bugs", "tracker"])("is meant by %j in !connect and !disconnect, and answers", async (word) => {
    const rig = wordyRig();

    expect(await answer(`!connect ${word} PLAY`, rig)).toBe("Connected to Tracker project PLAY at main (https://tracker.example).");
    expect(await answer(`!disconnect ${word} PLAY`, rig)).toBe("Disconnected from Tracker project [PLAY](https://tracker.example/PLAY).");
  });

  it("suggests the first of them", async () => {
    expect(await answer("!connect", wordyRig())).toBe("Say what to connect, like this: `!connect issues <resource>`. Enabled: `issues`.");
  });

  it("is named by them also when it is off", async () => {
    const rig = botRig();
    const [forge] = rig.deps.disabledServices;
    const off = botRig({ overrides: { disabledServices: [{ ...forge!, words: ["git"] }] } });

    expect(await answer("!connect git a", off)).toBe(await answer("!connect forge a", rig));
  });
});

describe("!connections", () => {
  it("says what the configuration holds, and what a kind remarks on a connection", async () => {
    const rig = botRig();
    const state = { url: "https://tracker.example/SOON", note: "takes no calls from `tomorrow` on" };
    rig.operations.connections = [
      connection("PLAY", { isStatic: true }),
      connection("SOON", { state }),
      connection("BAD", { state, status: { kind: "ungranted", reason: "nobody approved it" } }),
    ];
    rig.rooms.records.set(room, { ...rig.rooms.records.get(room)!, create: { sender: alice, content: {} } });
    rig.ports.setState(room, "m.room.power_levels", { users: { [alice]: 100 } });

    expect(await answer("!connections", rig)).toBe(
      "This room is connected to:\n\n" +
        "- Tracker project [PLAY](https://tracker.example/PLAY): active, set in the configuration\n" +
        "- Tracker project [SOON](https://tracker.example/SOON): active, takes no calls from `tomorrow` on\n" +
        "- Tracker project [SOON](https://tracker.example/SOON): not approved, nobody approved it",
    );
  });

  const broken = [
    connection("BAD", { stateKey: "<b>", status: { kind: "invalid", reason: "url: is required" }, state: {} }),
    connection("WAIT", { status: { kind: "ungranted", reason: "nobody approved it" } }),
  ];

  it("lists service, name, link, health and last delivery", async () => {
    const rig = botRig({ overrides: { lastDelivery: async () => "5 minutes ago" } });
    rig.operations.connections = [connection("PLAY")];

    const replies = await say(rig, "!connections");

    expect(spoken(replies)).toEqual([
      "This room is connected to:\n\n- Tracker project [PLAY](https://tracker.example/PLAY): active, last delivery 5 minutes ago",
    ]);
    expect(htmlOf(replies)).toContain(`<a href="https://tracker.example/PLAY">PLAY</a>`);
  });

  it("makes no link of what is no web address", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY", { state: { url: "javascript:alert(1)/PLAY" } })];

    const replies = await say(rig, "!connections");

    expect(htmlOf(replies)).not.toContain("href");
    expect(spoken(replies)[0]).toContain("Tracker project PLAY (javascript:alert(1)/PLAY): active");
  });

  it("shows moderators what is broken or not approved, and why", async () => {
    const rig = botRig();
    rig.operations.connections = [...broken];
    rig.ports.setState(room, "m.room.power_levels", { users: { [alice]: 50 } });

    const replies = await say(rig, "!connections");

    expect(spoken(replies)).toEqual([
      "This room is connected to:\n\n- Tracker project <b>: not used, url: is required\n" +
        "- Tracker project [WAIT](https://tracker.example/WAIT): not approved, nobody approved it",
    ]);
    expect(htmlOf(replies)).toContain("&lt;b&gt;");
  });

  it.each([
    ["a person without power", { users: {}, users_default: 49 }, { sender: mallory, content: { room_version: "10" } }, false],
    ["a creator from room version 12 on", { users: {} }, { sender: alice, content: { room_version: "12" } }, true],
    ["a creator before", { users: {} }, { sender: alice, content: { room_version: "11" } }, false],
  ])("decides for %s", async (_who, levels, create, isShown) => {
    const rig = botRig();
    rig.operations.connections = [...broken];
    rig.ports.setState(room, "m.room.power_levels", levels);
    rig.rooms.records.set(room, { ...rig.rooms.records.get(room)!, create });

    expect((await answer("!connections", rig)).startsWith("This room is connected to:")).toBe(isShown);
  });

  it("asks the homeserver nothing when all is well", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    await say(rig, "!connections");

    expect(rig.ports.requests).toEqual([]);
  });

  it("says how to connect where nothing is", async () => {
    expect(await answer("!connections")).toBe(
      "This room has no connections. To make one, type `!connect tracker <resource>`. Enabled: `tracker`.",
    );
  });

  it("is refused to whom the configuration gives no level", async () => {
    expect(await answer("!connections", botRig({ rules: [] }))).toBe(
      "You do not have permission to use this command. Ask the administrator for the level `commands` in the configuration's `permissions`.",
    );
  });
});

describe("!switchboard", () => {
  it.each(["!switchboard help", "!switchboard", "!switchboard nonsense"])("answers %j with the commands", async (typed) => {
    const replies = await say(botRig({ rules: [] }), typed);

    expect(spoken(replies)).toEqual([
      "- `!connect <service> <resource> [option=value]` - Connect this room. Several remotes of a service are told apart as `<service>:<name>`.\n" +
        "- `!disconnect <service> <resource>` - End a connection of this room.\n" +
        "- `!connections` - List what this room is connected to, with health and last delivery.\n" +
        "- `!switchboard connectors` - List the remote systems that are registered, with health.\n" +
        "- `!switchboard help` - This list.\n",
    ]);
    expect(htmlOf(replies)).toMatch(/^<ul>\n<li><code>!connect/);
  });
});

describe("a command of ours", () => {
  it.each([
    [5 * 60_000, true],
    [5 * 60_000 + 1, false],
    [-60 * 60_000, true],
  ])("that took %i ms to arrive is run: %s", async (way, isRun) => {
    const rig = botRig();

    const replies = await say(rig, "!connect tracker PLAY", { origin_server_ts: now - way });

    expect(rig.operations.connected).toHaveLength(isRun ? 1 : 0);
    if (!isRun) {
      expect(spoken(replies)).toEqual([
        "This command was not run: it reached me more than 5 minutes after it was sent. Send it again if you still want it.",
      ]);
    }
  });

  it("that waited in our store is run all the same", async () => {
    const rig = botRig({ overrides: { clock: { now: () => now + 86_400_000 } } });

    await say(rig, "!connect tracker PLAY");

    expect(rig.operations.connected).toHaveLength(1);
  });

  it.each<[string, Partial<MatrixEvent>]>([
    ["our bot", { sender: mainBot }],
    ["a ghost", { sender: ghost }],
    ["an edit", { content: { "m.relates_to": { rel_type: "m.replace" } } }],
    ["a reply", { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$x" } } } }],
  ])("from %s is nothing", async (_who, extra) => {
    expect(await say(botRig(), "!connections", extra)).toEqual([]);
  });

  it("in a thread is answered in the thread", async () => {
    const relation = { rel_type: "m.thread", event_id: "$root", is_falling_back: true, "m.in_reply_to": { event_id: "$x" } };

    const [reply] = await say(botRig(), "!connections", { content: { "m.relates_to": relation } });

    expect(reply!.message.content["m.relates_to"]).toEqual({
      rel_type: "m.thread",
      event_id: "$root",
      is_falling_back: true,
      "m.in_reply_to": { event_id: "$command" },
    });
  });

  it("in a room not read yet is answered from the room", async () => {
    const rig = botRig();
    rig.rooms.records.clear();
    rig.operations.facts = { bots: [mainBot] };

    expect(await answer("!connect tracker PLAY", rig)).toContain("Connected to");
    expect(rig.operations.calls[0]).toBe(`readRoom ${room}`);
  });

  it.each<[string, BotRigOptions, unknown]>([
    ["no bot of ours is", {}, undefined],
    ["the homeserver lets none of our bots look", {}, new RemoteError("Forbidden", { status: 403 })],
  ])("in a room where %s is not answered", async (_where, options, refusal) => {
    const rig = botRig(options);
    rig.rooms.records.clear();
    if (refusal !== undefined) rig.operations.refusals.set("readRoom", refusal);

    expect(await say(rig, "!connections")).toEqual([]);
  });
});
