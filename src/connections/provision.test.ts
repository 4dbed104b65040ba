import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  learnt,
  legacyType,
  mainBot,
  mallory,
  room,
  target,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { hookIdsType, hookTarget, hookType } from "../../test/support/hook-kind.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import { connectionId } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { ActiveService } from "../core/service.js";
import type { ProvisionInput, ProvisionResult } from "./operations.js";

const otherUrl = "https://tracker.example/projects/WORK";
const id = connectionId(room, canonicalType, url);

function input(rig: Rig, config: Readonly<Record<string, unknown>>, extra: Partial<ProvisionInput> = {}): ProvisionInput {
  const access = { bot: rig.bots.main };
  return {
    roomId: room,
    actor: alice,
    service: rig.tracker,
    kindId: "project",
    config,
    access,
    deadline: rig.clock.now() + 15_000,
    ...extra,
  };
}

function put(rig: Rig, config: Readonly<Record<string, unknown>>, extra: Partial<ProvisionInput> = {}): Promise<ProvisionResult> {
  return rig.operations.provision(input(rig, config, extra));
}

function putHook(rig: Rig, config: Readonly<Record<string, unknown>>): Promise<ProvisionResult> {
  return put(rig, config, { service: rig.hooks, kindId: "hook" });
}

const writes = (rig: Rig): readonly string[] => rig.server.takeRequests().filter((request) => request.startsWith("set"));

describe("provisioning", () => {
  it("grants, then writes what was sent, and gives the connection with its defaults", async () => {
    const rig = await connectionsRig();

    const { connection } = await put(rig, { url, quiet: true, limit: null, nonsense: 1 });

    expect(writes(rig)).toEqual([
      `setAccountData ${room} ${grantType} {"granted":true}`,
      `set ${room} ${canonicalType} ${url} {"url":"${url}","quiet":true}`,
    ]);
    expect(connection).toMatchObject({ id, status: { kind: "active" }, state: { url, quiet: true, events: ["created"] }, sender: mainBot });
    expect(await rig.connections()).toEqual([connection]);
  });

  it("asks the kind with what was sent and with what fits", async () => {
    const rig = await connectionsRig();
    rig.provision = ({ config }) => ({
      target: { ...target, state: { ...config, id: "1000", secret: "never" } },
      changes: [learnt],
      warning: { header: "Careful", message: "Half of it works." },
    });

    const { connection, warning } = await put(rig, { url, nonsense: 1 });

    expect(rig.provisioned).toEqual([{ roomId: room, config: { url }, actor: alice }]);
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, id: "1000" });
    expect(connection.remoteKeys).toContain("id 1000");
    expect(warning).toEqual({ header: "Careful", message: "Half of it works." });
    expect(await rig.database.get(learnt.key)).toBe(learnt.value);
  });

  it("is the same when it is done twice: nothing is written again", async () => {
    const rig = await connectionsRig();
    const first = await put(rig, { url });
    rig.server.takeRequests();

    const second = await put(rig, { url, events: ["created"] });

    expect(second).toEqual(first);
    expect(writes(rig)).toEqual([]);
  });

  it("replaces the whole configuration of what means the same: absent keys get their defaults", async () => {
    const rig = await connectionsRig();
    await put(rig, { url, quiet: true, events: ["updated"], commandPrefix: "!own" });
    rig.server.takeRequests();

    const { connection } = await put(rig, { url, commandPrefix: "!own" });

    expect(writes(rig)).toEqual([`set ${room} ${canonicalType} ${url} {"url":"${url}","commandPrefix":"!own"}`]);
    expect(connection).toMatchObject({ id, state: { url, events: ["created"], commandPrefix: "!own" } });
    expect(connection.state["quiet"]).toBeUndefined();
  });

  it("keeps the state key of what means the same under another one", async () => {
    const rig = await connectionsRig();
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));

    const { connection } = await put(rig, { url: "http://tracker.example/projects/PLAY", quiet: true });

    expect(connection.stateKey).toBe("PLAY");
    expect(await rig.connections()).toEqual([connection]);
    expect(rig.server.contentOf(room, canonicalType, url)).toBeUndefined();
  });

  it("rewrites an older type as today's, which has the same id, and ends the older event", async () => {
    const rig = await connectionsRig();
    await rig.operations.applyStateEvent(rig.server.send(room, legacyType, url, { url }, alice));

    const { connection } = await put(rig, { url });

    expect(connection).toMatchObject({ id, eventType: canonicalType });
    expect(rig.server.contentOf(room, legacyType, url)).toEqual({ disabled: true });
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toEqual([connection]);
  });

  it("takes the place of what is there and unusable", async () => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: false, reason: "no rights" });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));

    const { connection } = await put(rig, { url });

    expect(connection.id).toBe(id);
    expect(await rig.connections()).toEqual([connection]);
    expect(rig.server.contentOf(room, canonicalType, "PLAY")).toEqual({ disabled: true });
  });

  it("keeps a hook's secret id, and makes one for a new hook", async () => {
    const rig = await connectionsRig();
    const first = await putHook(rig, { name: "builds" });

    const again = await putHook(rig, { name: "builds", commandPrefix: "!b" });
    const another = await putHook(rig, { name: "deploys" });

    expect(first.secretId).toMatch(/^secret-/);
    expect(again.secretId).toBe(first.secretId);
    expect(again.connection).toMatchObject({ id: first.connection.id, state: { commandPrefix: "!b" } });
    expect(another.secretId).not.toBe(first.secretId);
    expect(JSON.stringify(rig.server.contentOf(room, hookType, "builds"))).not.toContain("secret");
  });
});

describe("provisioning is refused", () => {
  it("for a kind that programs cannot set up", async () => {
    const rig = await connectionsRig();
    const service: ActiveService = { ...rig.tracker, service: { ...rig.tracker.service, id: "nothing" } };

    await expect(put(rig, { url }, { service })).rejects.toMatchObject({ code: "HS_UNSUPPORTED_OPERATION" });
  });

  it("in this order: prefix, level, the kind's own checks, the schema, the remote", async () => {
    const rig = await connectionsRig();
    await putHook(rig, { name: "builds", commandPrefix: "!b" });
    rig.provision = () => {
      throw new RemoteError("The tracker is on fire.");
    };
    const attempt = (config: object, actor = alice): Promise<unknown> =>
      put(rig, { ...config }, { actor }).catch((error: unknown) => error);

    expect(await attempt({ commandPrefix: "!b" }, mallory)).toMatchObject({
      code: "HS_CONFLICTING_CONNECTION",
      message: 'Command prefix "!b" is already used in this room. Please choose another prefix.',
      details: {
        existingConnection: { id: connectionId(room, hookType, "builds"), eventType: hookType, type: "Webhook", service: "hooks" },
      },
    });
    expect(await attempt({}, mallory)).toMatchObject({
      code: "HS_FORBIDDEN_USER",
      message: "User is not permitted to provision connections for this type of service.",
    });
    expect(await attempt({ events: ["gone"] })).toMatchObject({ code: "HS_BAD_VALUE", message: "Expected a 'url' property" });
    expect(await attempt({ url, events: ["gone"], quiet: "no" })).toMatchObject({
      code: "HS_BAD_VALUE",
      message: "Failed to validate: events.0: must be equal to one of the allowed values, quiet: must be boolean",
      details: {
        validationErrors: [
          { path: "/events/0", message: "must be equal to one of the allowed values" },
          { path: "/quiet", message: "must be boolean" },
        ],
      },
    });
    expect(await attempt({ url })).toMatchObject({ code: "HS_REMOTE_ERROR", message: "The tracker is on fire." });
    expect(await rig.connections()).toHaveLength(1);
  });

  it("while it is not known who may", async () => {
    const rig = await connectionsRig();
    rig.arePermissionsKnown = false;

    await expect(put(rig, { url }, { actor: mallory })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR", isTransient: true });
  });

  it("where the configuration holds the connection", async () => {
    const rig = await connectionsRig([{ roomId: room, connectionType: hookType, stateKey: "builds", state: { name: "builds" } }]);

    await expect(putHook(rig, { name: "builds" })).rejects.toMatchObject({
      code: "HS_UNSUPPORTED_OPERATION",
      message: "Connection is static and cannot be changed at runtime",
    });
  });

  it("where the place is taken by something else", async () => {
    const rig = await connectionsRig();
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url: otherUrl }, alice));

    await expect(put(rig, { url })).rejects.toMatchObject({
      code: "HS_CONFLICTING_CONNECTION",
      details: { existingConnection: { id, eventType: canonicalType, type: "TrackerProject", service: "tracker" } },
    });
  });

  it("in the kind's words where a schema cannot say what is wrong", async () => {
    const rig = await connectionsRig();

    await expect(put(rig, { url: "no address" })).rejects.toMatchObject({ code: "HS_BAD_VALUE" });
    await expect(putHook(rig, { name: "builds", ends: 5 })).rejects.toMatchObject({ message: "a hook must end later than now" });
  });

  it("when the remote takes longer than the caller waits", async () => {
    const rig = await connectionsRig();
    let answer = (): void => undefined;
    rig.provision = () => new Promise((resolve) => (answer = () => resolve({ target })));

    const late = put(rig, { url }).catch((error: unknown) => error);
    await rig.clock.advance(15_000);
    answer();

    expect(await late).toMatchObject({ code: "HS_REMOTE_ERROR", message: "Tracker did not answer in time." });
    expect(await rig.connections()).toEqual([]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("without a question when the time is over before its turn", async () => {
    const rig = await connectionsRig();

    await expect(put(rig, { url }, { deadline: rig.clock.now() })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });

    expect(rig.provisioned).toEqual([]);
  });

  it.each([
    ["too large by itself", { quiet: true, filters: { text: "x".repeat(65_600) } }, undefined, "HS_BAD_VALUE"],
    ["half a character", { filters: { text: "a\ud83d" } }, undefined, "HS_BAD_VALUE"],
    ["too large for the homeserver", {}, new RemoteError("too big", { status: 413, remoteCode: "M_TOO_LARGE" }), "HS_BAD_VALUE"],
    [
      "not to the homeserver's liking",
      { priority: 1.5 },
      new RemoteError("Bad JSON", { status: 400, remoteCode: "M_BAD_JSON" }),
      "HS_BAD_VALUE",
    ],
    ["refused to the bot", {}, forbidden, "HS_FORBIDDEN_BOT"],
    ["not answered", {}, away, "HS_REMOTE_ERROR"],
  ])("when the event is %s; nothing stays behind", async (_name, config, failure, code) => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => (request.startsWith(`set ${room}`) ? failure : undefined);

    await expect(put(rig, { url, ...config })).rejects.toMatchObject({ code });

    expect(rig.server.accountDataOf(room, grantType)?.["granted"] ?? false).toBe(false);
    expect(await rig.operations.unsettledRooms()).toEqual([]);
    expect(await rig.connections()).toEqual([]);
  });

  it.each([
    ["a name of 256 bytes", "ü".repeat(128)],
    ["a zero byte in its name", "a\u0000bc"],
  ])("for %s", async (_name, name) => {
    const rig = await connectionsRig();

    await expect(putHook(rig, { name })).rejects.toMatchObject({ code: "HS_BAD_VALUE" });
    expect(rig.server.accountDataOf(room, hookIdsType)).toBeUndefined();
  });

  it("as a bot that is not in the room where the bot was put out of it a moment ago", async () => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => {
      if (!request.startsWith(`set ${room}`)) return undefined;
      rig.server.send(room, "m.room.member", mainBot, { membership: "leave" }, alice);
      return forbidden;
    };

    await expect(put(rig, { url })).rejects.toMatchObject({ code: "HS_NOT_IN_ROOM", message: "Bot is not joined to the room." });
  });

  it("does not come in the way of a hook that people connect by the same name", async () => {
    const rig = await connectionsRig();
    const { secretId } = await putHook(rig, { name: "builds" });

    const connected = await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget("builds") });

    expect(connected).toMatchObject({ kind: "exists", secretId });
  });
});
