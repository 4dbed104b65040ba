import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  FakeTracker,
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
import { PermissionError, RemoteError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { Reply } from "../../core/ports/room-work.js";
import type { Resolution, Service, SetupOperations } from "../../core/service.js";
import { markdown } from "../../shared/markdown.js";

function say(rig: BotRig, body: string, extra: Partial<MatrixEvent> = {}): Promise<readonly Reply[]> {
  return createSpeaker(rig.deps)(work(messageEvent(body, extra)));
}

const help =
  "- `!hookshot tracker project <url>` - Create a connection.\n" +
  "- `!hookshot tracker remove project <url>` - Remove a connection.\n" +
  "- `!hookshot tracker list project` - Show projects.\n" +
  "- `!hookshot help` - This help text\n";

describe("!hookshot", () => {
  it("answers help to whoever may manage connections somewhere, without power in the room", async () => {
    const rig = botRig({ rules: [{ actor: alice, services: [{ service: "forge", level: "manageConnections" }] }] });

    const replies = await say(rig, "!hookshot help");

    expect(spoken(replies)).toEqual([help, "✅"]);
    expect(replies[0]!.message.content["formatted_body"]).toContain("<li><code>!hookshot help</code> - This help text</li>\n</ul>\n");
    expect(replies.map((reply) => reply.sender)).toEqual([mainBot, mainBot]);
  });

  it.each(["!hookshot help", "!hookshot tracker project https://x", "!hookshot tracker project"])(
    "does not answer %j to others",
    async (body) => {
      expect(await say(botRig({ rules: [{ actor: "*", services: [{ level: "notifications" }] }] }), body)).toEqual([]);
    },
  );

  it.each(["!hookshot", "!hookshot nonsense", "!Hookshot help", "!hookshothelp", "!hookshot "])("does not answer %j", async (body) => {
    expect(await say(botRig(), body)).toEqual([]);
  });

  it("runs a change after the checks and reacts", async () => {
    const rig = botRig();

    const replies = await say(rig, "!hookshot TRACKER Project https://tracker.example/PLAY");

    expect(spoken(replies)).toEqual(["Room configured to bridge https://tracker.example/PLAY.", "✅"]);
    expect(rig.operations.calls.map((call) => call.split(" ")[0])).toEqual(["checkMayChange", "connect"]);
    expect(replies[1]!.message.content["m.relates_to"]).toEqual({ rel_type: "m.annotation", event_id: "$command", key: "✅" });
  });

  it("answers with a service's HTML as it is, and reads without checks", async () => {
    const rig = botRig();
    const invalid = connection("BAD", { status: { kind: "invalid", reason: "garbage" } });
    rig.operations.connections = [connection("PLAY"), connection("X", { serviceId: "other" }), invalid];

    const [reply] = await say(rig, "!hookshot tracker list project");

    expect(reply!.message.content).toMatchObject({ body: " * one", formatted_body: "<ul><li>1</li></ul>" });
    expect(rig.operations.calls).toEqual([]);
  });

  it("writes an empty state when it removes", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    await say(rig, "!hookshot tracker remove project https://tracker.example/PLAY");

    expect(rig.operations.calls.at(-1)).toBe("disconnect https://tracker.example/PLAY empty");
  });

  it("escapes an answer without HTML", async () => {
    const [reply] = await say(botRig(), "!hookshot tracker project <b>*x*</b>");

    expect(reply!.message.content["formatted_body"]).toBe("Room configured to bridge &lt;b&gt;*x*&lt;/b&gt;.");
  });

  it.each<[string, string, unknown, string]>([
    ["a missing argument", "tracker project", undefined, "Missing at least one required parameter."],
    ["a service that is off", "forge repo https://x", undefined, "The bridge is not configured to support Forge."],
    [
      "a refusal",
      "tracker project x",
      new PermissionError("You are not permitted to provision connections for tracker.", "HS_FORBIDDEN_USER", "Ask the administrator."),
      "You are not permitted to provision connections for tracker.",
    ],
  ])("reacts and says what failed for %s", async (_what, body, refusal, text) => {
    const rig = botRig();
    if (refusal !== undefined) rig.operations.refusals.set("checkMayChange", refusal);

    expect(spoken(await say(rig, `!hookshot ${body}`))).toEqual(["⛔", `Failed to handle command: ${text}`]);
    expect(rig.operations.connected).toEqual([]);
  });

  it.each<[string, Error, string]>([
    [
      "the service's refusal",
      new ValidationError("The url you entered was not valid."),
      "Failed to handle command: The url you entered was not valid.",
    ],
    [
      "a remote that fails, at once",
      new RemoteError("No answer from the tracker."),
      "Failed to handle command: No answer from the tracker. Try again later; if it goes on, tell the administrator.",
    ],
    ["a mistake of ours, without its insides", new TypeError("x of undefined"), "Failed to handle command."],
  ])("tells %s", async (_what, error, text) => {
    const rig = botRig();
    rig.tracker.answer = error;

    expect(spoken(await say(rig, "!hookshot tracker project x"))).toEqual(["⛔", text]);
  });

  it("has what the service learnt stored with the connection", async () => {
    const rig = botRig();
    const learnt = { type: "put" as const, key: "project/1", value: "PLAY" };
    // What the rig's tracker answers unless told otherwise.
    rig.tracker.answer = { ...(rig.tracker.answer as Extract<Resolution, { kind: "found" }>), changes: [learnt] };

    await say(rig, "!hookshot tracker project x");

    expect(rig.operations.connected.map(({ changes }) => changes)).toEqual([[learnt]]);
  });

  it("waits when the homeserver fails within a command", async () => {
    const rig = botRig();
    rig.operations.refusals.set("connect", new RemoteError("No answer of the homeserver"));

    await expect(say(rig, "!hookshot tracker project x")).rejects.toThrow("No answer of the homeserver");
  });

  it("waits while it is not known whether the person may", async () => {
    const permissionRooms = { has: () => false, isLoading: () => true, applyMember: () => undefined };

    await expect(say(botRig({ rules: [], overrides: { permissionRooms } }), "!hookshot help")).rejects.toMatchObject({ isTransient: true });
  });

  it("that arrives after more than 5 minutes is not run, and one notice says so", async () => {
    const replies = await say(botRig(), "!hookshot help", { origin_server_ts: now - 300_001 });

    expect(spoken(replies)).toEqual([
      "This command was not run: it reached me more than 5 minutes after it was sent. Send it again if you still want it.",
    ]);
  });

  it("splits a lone apostrophe as Hookshot does", async () => {
    const [reply] = await say(botRig(), "!hookshot tracker project it's");

    expect(reply!.message.content["body"]).toBe("Room configured to bridge it.");
  });
});

describe("what a set-up command may do in the room", () => {
  /** Runs one that does no more than this. */
  async function within(rig: BotRig, act: (setup: SetupOperations) => Promise<void>): Promise<readonly string[]> {
    const [command] = rig.tracker.service.setupCommands!;
    const service = {
      ...rig.tracker.service,
      setupCommands: [
        {
          ...command!,
          async run(_values: object, setup: SetupOperations) {
            await act(setup);
            return { body: "Done." };
          },
        },
      ],
    };
    const deps = { ...rig.deps, services: [{ ...rig.tracker.active, service }] };
    return spoken(await createSpeaker(deps)(work(messageEvent("!hookshot tracker project x"))));
  }

  it("is to end connections as its service's do in Hookshot", async () => {
    const rig = botRig();
    const [one, two] = [connection("ONE"), connection("TWO")];
    rig.operations.connections = [one, two];

    await within(rig, async (setup) => {
      await setup.disconnect(one, "disabled");
      await setup.disconnect(two);
    });

    expect(rig.operations.disconnected.map(({ connection: { stateKey }, write }) => [stateKey, write])).toEqual([
      [one.stateKey, "disabled"],
      [two.stateKey, "empty"],
    ]);
  });

  it("is to read a secret id, and to hear what connecting came to", async () => {
    const rig = botRig();
    rig.operations.secretIds.set("https://tracker.example/PLAY", "s3cret");
    const seen: unknown[] = [];
    const target = { kindId: "project", stateKey: "https://tracker.example/PLAY", state: {}, name: "PLAY" };

    await within(rig, async (setup) => {
      const { kind, connection: made } = await setup.connect(target);
      seen.push(kind, await setup.secretIdOf(made), (await setup.connect(target)).kind);
    });

    expect(seen).toEqual(["created", "s3cret", "exists"]);
  });

  it("waits for the homeserver when a secret id cannot be read just now", async () => {
    const rig = botRig();
    rig.operations.refusals.set("secretIdOf", new RemoteError("away"));

    await expect(
      within(rig, async (setup) => {
        await setup.secretIdOf(connection("PLAY"));
      }),
    ).rejects.toThrow("away");
  });
});

describe("several services", () => {
  /** Two services that `permissions` know under one name, as inbound and outbound webhooks are. */
  function twoServices(options: BotRigOptions = {}): BotRig {
    const { service, context } = new FakeTracker().active;
    const [command] = service.setupCommands!;
    const hooks: Service<unknown> = {
      ...service,
      id: "hooks",
      title: "Hooks",
      kinds: [],
      setupCommands: [
        { ...command!, name: "hook" },
        { ...command!, name: "hook list", arguments: [], help: "Show hooks." },
      ],
      accountCommands: [{ name: "hooks mine", arguments: [], help: "Show mine.", run: async () => ({ answer: markdown`none` }) }],
    };
    const tracker = new FakeTracker();
    return botRig({ tracker, ...options, overrides: { services: [tracker.active, { service: hooks, context }] } });
  }

  const hookHelp = "- `!hookshot hook <url>` - Create a connection.\n- `!hookshot hook list` - Show hooks.\n";
  const helpOfBoth = help.replace("- `!hookshot help`", `${hookHelp}- \`!hookshot help\``);

  it("stand in the help in their order, the help itself last, without headings", async () => {
    expect(spoken(await say(twoServices(), "!hookshot help"))[0]).toBe(helpOfBoth);
  });

  it("are all of a service bot's whose permissions have its name", async () => {
    const rig = twoServices({ withServiceBot: true });

    expect(spoken(await say(rig, "!track help"))[0]).toBe(helpOfBoth.replaceAll("!hookshot", "!track"));
  });

  it("have a heading each in the direct chat's help", async () => {
    const rig = twoServices();
    const record = { ...rig.rooms.records.get(room)!, adminUser: alice };
    rig.rooms.records.set(room, record);
    rig.deps.adminRooms.note(record);

    const [text] = spoken(await say(rig, "help"));

    expect(text!.match(/^### .*$/gm)).toEqual(["### Connections", "### Tracker", "### Hooks"]);
    expect(text).toMatch(/\n### Hooks\n- `hooks mine` - Show mine\.\n\n- `help` - This help text\n$/);
  });
});

describe("a service bot", () => {
  it("answers to its own prefix, for its service only", async () => {
    const rig = botRig({ withServiceBot: true });

    const replies = await say(rig, "!track help");

    expect(replies[0]!.sender).toBe(serviceBot);
    expect(spoken(replies)[0]).toBe(help.replaceAll("!hookshot", "!track"));
    expect(await say(rig, "!track forge repo x")).toEqual([]);
  });

  it("does not answer where it is not", async () => {
    const rig = botRig({ withServiceBot: true });
    rig.rooms.records.set(room, { ...rig.rooms.records.get(room)!, bots: [mainBot] });

    expect(await say(rig, "!track help")).toEqual([]);
  });
});
