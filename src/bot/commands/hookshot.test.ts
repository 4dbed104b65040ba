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
} from "../../../test/support/bot-fakes.js";
import { PermissionError, RemoteError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { Reply } from "../../core/ports/room-work.js";
import type { Resolution } from "../../core/service.js";
import { createRoomEventHandler } from "../handle-room-event.js";

function say(rig: BotRig, body: string, extra: Partial<MatrixEvent> = {}): Promise<readonly Reply[]> {
  return createRoomEventHandler(rig.deps)(work(messageEvent(body, extra)));
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
