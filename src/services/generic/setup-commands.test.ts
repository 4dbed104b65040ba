import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookId, hookRoom, jsonRequest, onlyContent, routingKey } from "../../../test/support/hook-rig.js";
import type { Connection } from "../../core/connection.js";
import type { ConnectionTarget, ConnectResult, PrivateAnswer, SetupAnswer, SetupOperations } from "../../core/service.js";
import type { GenericConfig } from "./schema.js";

/** A room with hooks, which remembers what is done in it and what its people are told. */
class Room implements SetupOperations {
  readonly roomId = hookRoom;
  readonly actor = "@person:example.org";
  readonly rig: HookRig;
  readonly connected: ConnectionTarget[] = [];
  readonly disconnected: unknown[] = [];
  readonly told: PrivateAnswer[] = [];

  constructor(config: Partial<GenericConfig> = {}, ...hooks: readonly Connection[]) {
    this.rig = new HookRig(config, ...hooks);
  }

  async connections(): Promise<readonly Connection[]> {
    return this.rig.context.connections.list;
  }

  async connect(target: ConnectionTarget, changes: Parameters<SetupOperations["connect"]>[1] = []): Promise<ConnectResult> {
    const known = this.rig.context.connections.list.find(({ stateKey }) => stateKey === target.stateKey);
    const result: ConnectResult = {
      kind: known === undefined ? "created" : "exists",
      connection: known ?? hookConnection(target.state),
      secretId: hookId,
    };
    if (known === undefined) this.connected.push(target);
    await this.rig.context.commit(changes);
    const answer = await target.privately?.(result);
    if (answer !== undefined) this.told.push(answer);
    return result;
  }

  async disconnect(connection: Connection, write?: "empty" | "disabled"): Promise<void> {
    this.disconnected.push([connection.stateKey, write]);
  }

  async secretIdOf(): Promise<string | undefined> {
    return hookId;
  }

  async type(name: string, ...words: readonly string[]): Promise<SetupAnswer> {
    const command = this.rig.service.setupCommands?.find((candidate) => candidate.name === name);
    if (command === undefined) throw new TypeError(`there is no command ${name}`);
    const values = Object.fromEntries(command.arguments.map((argument, index) => [argument.name, words[index]]));
    const answer = await command.run(values, this, this.rig.context);
    if (answer.privately !== undefined) this.told.push(answer.privately);
    return answer;
  }
}

const url = `https://hooks.example.org/webhook/${hookId}`;
const addressLines = [
  'You have bridged the webhook "builds" in https://matrix.to/#/!room%3Aexample.org .',
  "Please configure your webhook source to use",
  url,
];

describe("webhook <name>", () => {
  it("makes a hook, and tells its address in the direct chat, on a line by itself", async () => {
    const room = new Room();

    expect(await room.type("webhook", "builds")).toEqual({ body: "Room configured to bridge webhooks. See admin room for secret url." });
    expect(room.connected).toMatchObject([{ kindId: "hook", stateKey: "builds", state: { name: "builds" } }]);
    expect(room.connected[0]?.state).toEqual({ name: "builds" });
    expect(room.told.map(({ body }) => body.split("\n"))).toEqual([addressLines]);
  });

  it("tells the address of the one that is there already", async () => {
    const room = new Room({}, hookConnection());

    expect(await room.type("webhook", "builds")).toEqual({ body: "Room configured to bridge webhooks. See admin room for secret url." });
    expect(await room.type("webhook", "builds", "30d")).toMatchObject({ body: expect.stringContaining("there already") as string });
    expect(room.told.map(({ body }) => body.split("\n").at(-1))).toEqual([url, url]);
  });

  it("makes one that expires", async () => {
    const room = new Room({ requireExpiryTime: true, maxExpiryTime: "30d" });
    await room.type("webhook", "builds", "30d");

    expect(room.connected[0]?.state).toEqual({ name: "builds", expirationDate: "2026-01-31T00:00:00.000Z" });
  });

  it.each([
    { words: ["builds", "soon"], config: {}, message: "Duration could not be parsed" },
    { words: ["builds", "0"], config: {}, message: "Duration could not be parsed" },
    { words: ["builds", "1e300y"], config: {}, message: "Duration could not be parsed" },
    { words: ["builds", "9999y"], config: {}, message: "Duration could not be parsed" },
    { words: ["ab", "soon"], config: {}, message: "Duration could not be parsed" },
    { words: ["ab"], config: {}, message: "A webhook name must be between 3-64 characters." },
    { words: ["a".repeat(65)], config: {}, message: "A webhook name must be between 3-64 characters." },
    { words: ["builds", "60000"], config: {}, message: "Expiration date must at least be a hour in the future" },
    { words: ["builds", "-2h"], config: {}, message: "Expiration date must at least be a hour in the future" },
    { words: ["builds", "31d"], config: { maxExpiryTime: "30d" }, message: "Expiration date cannot exceed the configured max expiry time" },
    { words: ["builds"], config: { requireExpiryTime: true }, message: "Expiration date must be set" },
  ])("refuses $words with $config in Hookshot's words: $message", async ({ words, config, message }) => {
    const room = new Room(config);

    await expect(room.type("webhook", ...words)).rejects.toThrow(message);
    expect(room.connected).toEqual([]);
  });
});

describe("webhook list", () => {
  it("names the room's hooks in order", async () => {
    const room = new Room({}, hookConnection({ name: "zulu" }), hookConnection({ name: "al<b>pha*" }));

    expect(await room.type("webhook list")).toEqual({
      body: "Webhooks configured:\n\n * al<b>pha*\n * zulu",
      html: "<p>Webhooks configured:</p>\n<ul>\n<li>al&lt;b&gt;pha*</li>\n<li>zulu</li>\n</ul>\n",
    });
  });

  it("says that there are none", async () => {
    expect(await new Room().type("webhook list")).toMatchObject({ body: "No webhooks configured" });
  });
});

describe("webhook remove <name>", () => {
  it("ends the hook as Hookshot does", async () => {
    const room = new Room({}, hookConnection(), hookConnection({ name: "other" }));
    room.rig.context.secrets.put(`signing/${routingKey}`, "old");

    expect(await room.type("webhook remove", "builds")).toMatchObject({ body: "Removed webhook builds" });
    expect(room.disconnected).toEqual([["builds", "disabled"]]);
    expect(room.rig.context.secrets.entries.size).toBe(0);
  });

  it("refuses a name that no hook has", async () => {
    await expect(new Room().type("webhook remove", "builds")).rejects.toThrow('No webhook by the name of "builds" is configured.');
  });
});

describe("our own commands for hooks", () => {
  it.each(["test", "url", "secret", "resume"])("leave `webhook %s` and `webhook %s 2h` what Hookshot makes of them", async (word) => {
    const room = new Room();
    await room.type(`webhook ${word}`);
    await room.type(`webhook ${word}`, "2h");

    expect(room.connected.map(({ state }) => state)).toEqual([{ name: word }, { name: word, expirationDate: "2026-01-01T02:00:00.000Z" }]);
  });

  it.each(["test", "url", "secret", "resume"])("refuse `webhook %s` for a hook that is not there", async (word) => {
    await expect(new Room().type(`webhook ${word}`, "builds")).rejects.toThrow('No webhook by the name of "builds" is configured.');
  });

  it.each([
    { state: {}, body: "This is a test of the webhook builds." },
    { state: { format: "slack" }, body: "This is a test of the webhook builds." },
    { state: { format: "discord" }, body: "This is a test of the webhook builds." },
    { state: { format: "alertmanager" }, body: "**✅ [RESOLVED] Test**\n\n✅ This is a test of the webhook builds." },
    { state: { template: "T: {{ text }}" }, body: "T: This is a test of the webhook builds." },
  ])("post a sample to the room by the hook's own way: $state", async ({ state, body }) => {
    const room = new Room({}, hookConnection(state));
    await room.type("webhook test", "builds");
    const [emitted] = room.rig.context.emitted;

    expect(emitted?.event.routingKeys).toEqual([routingKey]);
    expect(String(onlyContent(await room.rig.render(emitted!.event))["body"])).toBe(body);
  });

  it("post a sample to no other room of the hook", async () => {
    const room = new Room({}, hookConnection());
    await room.type("webhook test", "builds");

    expect(await room.rig.render(room.rig.context.emitted[0]!.event, hookConnection({ name: "other" }))).toMatchObject({ kind: "ignored" });
  });

  it("tell the address again, that of a hook of the configuration too", async () => {
    const room = new Room({}, hookConnection(), hookConnection({ name: "fixed" }, { isStatic: true, stateKey: "my id/1" }));
    await room.type("webhook url", "builds");
    await room.type("webhook url", "fixed");

    expect(room.told.map(({ body }) => body.split("\n").at(-1))).toEqual([url, "https://hooks.example.org/webhook/my%20id%2F1"]);
  });

  it("let a paused hook go on", async () => {
    const room = new Room({ allowJsTransformationFunctions: true }, hookConnection({ transformationFunction: "s" }));
    room.rig.runner.results.set("s", { ok: false, reason: "slow", isLimit: true });
    for (let turn = 0; turn < 3; turn += 1) await room.rig.post(jsonRequest({}));
    room.rig.runner.results.set("s", { ok: true, value: "x" });
    expect(await room.rig.post(jsonRequest({}))).toMatchObject({ kind: "ignored" });

    expect(await room.type("webhook resume", "builds")).toEqual({ body: "The webhook builds goes on." });
    expect(await room.rig.post(jsonRequest({}))).toMatchObject({ kind: "messages" });
  });
});

describe("webhook secret <name>", () => {
  const type = "uk.half-shot.matrix-hookshot.generic.hook";

  it("makes a secret, tells it to one person, and asks for signatures from then on", async () => {
    const room = new Room({}, hookConnection());
    const { context } = room.rig;
    context.rooms.state.set(`${hookRoom}/${type}/builds`, { name: "builds", unknown: "stays" });

    const answer = await room.type("webhook secret", "builds");
    const secret = context.secrets.entries.get(`signing/${routingKey}`) ?? "";

    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(room.told[0]?.body.split("\n").at(-1)).toBe(secret);
    expect(JSON.stringify([answer.body, context.rooms.deeds, [...context.rooms.state]])).not.toContain(secret);
    expect(context.rooms.state.get(`${hookRoom}/${type}/builds`)).toEqual({ name: "builds", unknown: "stays", signature: {} });
  });

  it("makes no other secret when the command is run again after a crash, but does later", async () => {
    const room = new Room({}, hookConnection());
    await room.type("webhook secret", "builds");
    await room.type("webhook secret", "builds");
    room.rig.nowMs += 3_600_000;
    await room.type("webhook secret", "builds");

    const [first, again, later] = room.told.map(({ body }) => body.split("\n").at(-1));
    expect(again).toBe(first);
    expect(later).not.toBe(first);
  });

  it("changes the secret of a hook that has one, without touching the state", async () => {
    const room = new Room({}, hookConnection({ signature: { header: "X-Mine", prefix: "" } }));
    const { context } = room.rig;
    context.secrets.put(`signing/${routingKey}`, "old");

    await room.type("webhook secret", "builds");

    expect(context.secrets.entries.get(`signing/${routingKey}`)).not.toBe("old");
    expect(context.rooms.deeds).toEqual([]);
    expect(room.told[0]?.body).toContain("in the header X-Mine, as <hex>");
  });

  it("off asks for none any more", async () => {
    const room = new Room({}, hookConnection({ signature: {} }));
    const { context } = room.rig;
    context.secrets.put(`signing/${routingKey}`, "old");

    await room.type("webhook secret", "builds", "off");

    expect(context.rooms.state.get(`${hookRoom}/${type}/builds`)).toEqual({ name: "builds" });
    expect(context.secrets.entries.size).toBe(0);
  });

  it.each([
    { title: "another word", hook: hookConnection(), words: ["builds", "on"], message: "`webhook secret builds`" },
    { title: "a hook of the configuration", hook: hookConnection({}, { isStatic: true }), words: ["builds"], message: "static" },
  ])("refuses $title", async ({ hook, words, message }) => {
    const room = new Room({}, hook);

    await expect(room.type("webhook secret", ...words)).rejects.toThrow(message);
    expect(room.rig.context.rooms.deeds).toEqual([]);
    expect(room.rig.context.secrets.entries.size).toBe(0);
    expect(room.told).toEqual([]);
  });

  it("says what is missing where nothing can be kept", async () => {
    const room = new Room({}, hookConnection());
    Object.assign(room.rig.context.secrets, { canKeep: false });

    await expect(room.type("webhook secret", "builds")).rejects.toThrow("storage.keyFile");
  });
});

describe("!connect webhook", () => {
  it("makes a hook of the name that is typed", async () => {
    const { service, context } = new HookRig();

    const resolution = await service.resolve?.({ typed: "builds", actor: "@person:example.org" }, context);

    expect(service.words).toEqual(["webhook", "webhooks"]);
    expect(resolution).toMatchObject({
      kind: "found",
      target: { kindId: "hook", stateKey: "builds", state: { name: "builds" }, name: "builds" },
    });
  });

  it.each([
    { input: { typed: "ab" }, reason: "A webhook name must be between 3-64 characters." },
    { input: { typed: "builds", remoteName: "main" }, reason: "A webhook has a name and no remote" },
  ])("refuses $input", async ({ input, reason }) => {
    const { service, context } = new HookRig();

    const resolution = await service.resolve?.({ ...input, actor: "@person:example.org" }, context);

    expect(resolution).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) as string });
  });
});
