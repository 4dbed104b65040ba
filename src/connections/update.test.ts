import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  legacyType,
  mallory,
  room,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { hookTarget, hookType } from "../../test/support/hook-kind.js";
import { connectionId, type Connection } from "../core/connection.js";
import type { ProvisionResult, UpdateInput } from "./operations.js";
import { grantDataType } from "./grants.js";

const otherUrl = "https://tracker.example/projects/WORK";
const otherGrant = grantDataType({ type: "tracker", id: `url:${otherUrl}` });

type Content = Readonly<Record<string, unknown>>;

async function withConnection(content: Content = { url, quiet: true, priority: 3 }, type = canonicalType): Promise<Rig> {
  const rig = await connectionsRig();
  await rig.operations.applyStateEvent(rig.server.send(room, type, url, content, alice));
  rig.server.takeRequests();
  return rig;
}

async function patch(rig: Rig, change: Content, extra: Partial<UpdateInput> = {}): Promise<ProvisionResult> {
  const connection = connectionId(room, canonicalType, url);
  const access = { bot: rig.bots.main };
  return rig.operations.update({
    roomId: room,
    actor: alice,
    connection,
    patch: change,
    access,
    deadline: rig.clock.now() + 15_000,
    ...extra,
  });
}

const writes = (rig: Rig): readonly string[] => rig.server.takeRequests().filter((request) => request.startsWith("set"));

describe("updating a connection", () => {
  it("merges over what stands in the room: null removes, unknown keys are dropped, no defaults are written", async () => {
    const rig = await withConnection();

    const { connection } = await patch(rig, { quiet: null, filters: { a: 1 }, nonsense: true });

    expect(writes(rig)).toEqual([`set ${room} ${canonicalType} ${url} {"url":"${url}","priority":3,"filters":{"a":1}}`]);
    expect(connection).toMatchObject({ state: { url, priority: 3, events: ["created"], filters: { a: 1 } }, priority: 3 });
    expect(await rig.connections()).toEqual([connection]);
  });

  it("replaces an object as a whole", async () => {
    const rig = await withConnection({ url, filters: { a: 1, b: 2 } });

    await patch(rig, { filters: { c: 3 } });

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, filters: { c: 3 } });
  });

  it("tells the kind what is changed, and leaves the grant alone where the resource stays", async () => {
    const rig = await withConnection();
    const [current] = await rig.connections();

    await patch(rig, { quiet: false, nonsense: true });

    const stored = { url, quiet: false, priority: 3 };
    expect(rig.provisioned).toEqual([{ roomId: room, config: stored, actor: alice, current }]);
    expect(writes(rig).filter((request) => request.startsWith("setAccountData"))).toEqual([]);
  });

  it("writes nothing where nothing changes", async () => {
    const rig = await withConnection();
    const [before] = await rig.connections();

    const { connection } = await patch(rig, { quiet: true, events: ["created"] });

    expect(connection).toEqual(before);
    expect(writes(rig)).toEqual([]);
  });

  it("moves to another resource under its old id: new grant, state event, then the old grant goes", async () => {
    const rig = await withConnection({ url });

    const { connection } = await patch(rig, { url: otherUrl });

    expect(connection).toMatchObject({ id: connectionId(room, canonicalType, url), stateKey: url, state: { url: otherUrl } });
    expect(writes(rig)).toEqual([
      `setAccountData ${room} ${otherGrant} {"granted":true}`,
      `set ${room} ${canonicalType} ${url} {"url":"${otherUrl}"}`,
      `setAccountData ${room} ${grantType} {"granted":false}`,
    ]);
  });

  it("keeps the old grant where another connection needs it", async () => {
    const rig = await withConnection({ url });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));

    await patch(rig, { url: otherUrl });

    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
  });

  it("does not take what another connection of the room has", async () => {
    const rig = await withConnection({ url });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, otherUrl, { url: otherUrl }, alice));

    await expect(patch(rig, { url: otherUrl })).rejects.toMatchObject({
      code: "HS_CONFLICTING_CONNECTION",
      details: { existingConnection: { id: connectionId(room, canonicalType, otherUrl), service: "tracker" } },
    });
  });

  it("rewrites an older type as today's", async () => {
    const rig = await withConnection({ url, events: "all" }, legacyType);

    const { connection } = await patch(rig, { quiet: true });

    expect(connection.eventType).toBe(canonicalType);
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, events: ["created", "updated"], quiet: true });
    expect(rig.server.contentOf(room, legacyType, url)).toEqual({ disabled: true });
  });

  it("keeps a hook's secret id whatever it is called", async () => {
    const rig = await connectionsRig();
    const { connection, secretId } = await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget() });

    const updated = await patch(rig, { name: "renamed" }, { connection: connection.id });

    expect(updated.secretId).toBe(secretId);
    expect(updated.connection).toMatchObject({ id: connection.id, stateKey: "builds", state: { name: "renamed" } });
    expect(await rig.index.byRemoteKey("hooks", updated.connection.remoteKeys[1] ?? "")).toHaveLength(1);
  });

  it("builds on what somebody wrote a moment ago, before we were told of it", async () => {
    const rig = await withConnection({ url });
    rig.server.send(room, canonicalType, url, { url, limit: 7 }, alice);

    await patch(rig, { quiet: true });

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, limit: 7, quiet: true });
  });

  it("does not build on what somebody without the right wrote a moment ago", async () => {
    const rig = await withConnection({ url });
    rig.server.send(room, canonicalType, url, { url: otherUrl }, mallory);

    // The connection that counted is no more, and theirs never counted.
    await expect(patch(rig, { quiet: true })).rejects.toMatchObject({ code: "HS_NOTFOUND" });
    expect(rig.provisioned).toEqual([]);
  });
});

describe("an update is refused", () => {
  it.each([
    ["is not there", {}, connectionId(room, canonicalType, "none")],
    ["is in another room", { roomId: "!other:example.org" }, connectionId(room, canonicalType, url)],
  ] as const)("for a connection that %s", async (_name, extra, connection) => {
    const rig = await withConnection();

    await expect(patch(rig, {}, { connection, ...extra })).rejects.toMatchObject({
      code: "HS_NOTFOUND",
      message: "Connection does not exist",
    });
  });

  it("for one that has ended in the room meanwhile", async () => {
    const rig = await withConnection();
    rig.server.send(room, canonicalType, url, {}, alice);

    await expect(patch(rig, { quiet: false })).rejects.toMatchObject({ code: "HS_NOTFOUND" });
    expect(await rig.connections()).toEqual([]);
  });

  it("for one of the configuration", async () => {
    const rig = await connectionsRig([{ roomId: room, connectionType: hookType, stateKey: "builds", state: { name: "builds" } }]);
    const [connection] = await rig.connections();

    await expect(patch(rig, {}, { connection: (connection as Connection).id })).rejects.toMatchObject({ code: "HS_UNSUPPORTED_OPERATION" });
  });

  it("without the level, or with a prefix that another kind has, and not for its own", async () => {
    const rig = await withConnection({ url, commandPrefix: "!own" });
    await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget("builds", { commandPrefix: "!b" }) });

    await expect(patch(rig, {}, { actor: mallory })).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER" });
    await expect(patch(rig, { commandPrefix: "!b" })).rejects.toMatchObject({ code: "HS_CONFLICTING_CONNECTION" });
    await expect(patch(rig, { commandPrefix: "!own", quiet: true })).resolves.toBeDefined();
  });

  it("where what comes of it does not fit, and nothing is written", async () => {
    const rig = await withConnection();

    await expect(patch(rig, { url: null })).rejects.toMatchObject({ code: "HS_BAD_VALUE", message: "Expected a 'url' property" });
    await expect(patch(rig, { quiet: "yes" })).rejects.toMatchObject({ details: { validationErrors: [{ path: "/quiet" }] } });
    expect(writes(rig)).toEqual([]);
  });
});

describe("ending a connection for a program", () => {
  it("needs the level, and no second look at the room's power", async () => {
    const rig = await withConnection();
    const [connection] = (await rig.connections()) as [Connection];
    const input = { roomId: room, connection, write: "disabled", access: { bot: rig.bots.main } } as const;

    await expect(rig.operations.disconnect({ ...input, actor: mallory })).rejects.toMatchObject({
      code: "HS_FORBIDDEN_USER",
      message: "User is not permitted to provision connections for this type of service.",
    });
    await rig.operations.disconnect({ ...input, actor: alice });

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.takeRequests().filter((request) => request.includes("power_levels"))).toEqual([]);
  });
});
