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
import { connectionId, type Connection } from "../core/connection.js";
import { grantDataType } from "./grants.js";

const otherUrl = "https://tracker.example/projects/SECRET";
const otherGrant = grantDataType({ type: "tracker", id: `url:${otherUrl}` });
const playKey = "tracker.example/projects/PLAY";
const secretKey = "tracker.example/projects/SECRET";

const other = { url: otherUrl };

async function disconnect(rig: Rig): Promise<void> {
  // Prepared with one.
  const [connection] = (await rig.connections()) as [Connection];
  await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled" });
}

/** A room with a granted connection to PLAY; nobody may have SECRET. */
async function granted(type = canonicalType): Promise<Rig> {
  const rig = await connectionsRig();
  rig.consent = ({ state }) => (state["url"] === url ? { granted: true } : { granted: false, reason: "no rights there" });
  await rig.operations.applyStateEvent(rig.server.send(room, type, url, { url }, alice));
  expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
  return rig;
}

interface Road {
  readonly name: string;
  readonly type?: string;
  /** Brings SECRET into the place of PLAY. */
  take(rig: Rig): Promise<unknown>;
}

const roads: readonly Road[] = [
  {
    name: "a person's state event",
    take: (rig) => rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url: otherUrl }, alice)),
  },
  {
    name: "a person's state event under the older type",
    type: legacyType,
    take: (rig) => rig.operations.applyStateEvent(rig.server.send(room, legacyType, url, { url: otherUrl }, alice)),
  },
  {
    name: "a newer type over an older one",
    type: legacyType,
    take: (rig) => rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url: otherUrl }, alice)),
  },
  {
    name: "reading the room",
    take(rig) {
      rig.server.send(room, canonicalType, url, { url: otherUrl }, alice);
      return rig.operations.readRoom(room);
    },
  },
  {
    name: "an older type that stands behind the one that ends",
    async take(rig) {
      rig.server.send(room, legacyType, url, { url: otherUrl }, alice);
      await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, {}, alice));
    },
  },
  {
    name: "an older type behind a redaction",
    async take(rig) {
      rig.server.send(room, legacyType, url, { url: otherUrl }, alice);
      const { event_id: eventId } = rig.server.stateOf(room, canonicalType, url)!;
      rig.server.redact(room, eventId);
      await rig.operations.applyRedaction(room, eventId);
    },
  },
];

describe("a state event that names another resource than before", () => {
  it.each(roads)("needs that resource's own grant: $name", async ({ type, take }) => {
    const rig = await granted(type);

    await take(rig);

    expect(await rig.connections()).toMatchObject([{ state: { url: otherUrl }, status: { kind: "ungranted" }, remoteKeys: [] }]);
    expect(await rig.index.byRemoteKey("tracker", secretKey)).toEqual([]);
  });

  it.each(roads)("ends the grant of the former resource: $name", async ({ type, take }) => {
    const rig = await granted(type);

    await take(rig);

    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: false });
  });

  it.each(roads)("leaves the former grant to another connection that needs it: $name", async ({ type, take }) => {
    const rig = await granted(type);
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));

    await take(rig);

    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
    expect(await rig.index.byRemoteKey("tracker", playKey)).toMatchObject([{ stateKey: "PLAY" }]);
  });

  it("leaves the grant alone where two connections change places in one reading", async () => {
    const rig = await granted();
    rig.consent = () => ({ granted: true });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "second", { url: otherUrl }, alice));
    rig.server.send(room, canonicalType, url, { url: otherUrl }, alice);
    rig.server.send(room, canonicalType, "second", { url }, alice);

    await rig.operations.readRoom(room);

    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
    expect(rig.server.accountDataOf(room, otherGrant)).toEqual({ granted: true });
    expect((await rig.connections()).map(({ status }) => status.kind)).toEqual(["active", "active"]);
  });

  it("does not take a slip of the pen for the end of the former one", async () => {
    const rig = await granted();
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url, quiet: "perhaps" }, alice));
    expect(await rig.connections()).toMatchObject([{ status: { kind: "invalid" } }]);

    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url, quiet: true }, alice));

    expect(await rig.connections()).toMatchObject([{ status: { kind: "active" } }]);
  });

  it.each([
    ["by hand", (rig: Rig) => rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, {}, alice))],
    ["by an operation", disconnect],
    [
      "found as the room is read",
      async (rig: Rig) => {
        const end = rig.server.send(room, canonicalType, url, { disabled: true }, alice);
        await rig.operations.readRoom(room);
        await rig.operations.applyStateEvent(end);
      },
    ],
    [
      "by a connection to something else",
      (rig: Rig) => rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, other, alice)),
    ],
  ])("does not outlive the connection in state that cannot be read: ended %s", async (_name, end) => {
    for (const slip of [{ url, quiet: "perhaps" }, { quiet: "perhaps" }]) {
      const rig = await granted();
      await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, slip, alice));
      expect(await rig.connections()).toMatchObject([{ status: { kind: "invalid" } }]);

      await end(rig);

      expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: false });
    }
  });

  it("goes to the older type behind state that cannot be read", async () => {
    const rig = await granted(legacyType);
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url, quiet: "perhaps" }, alice));

    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, {}, alice));

    expect(await rig.connections()).toMatchObject([{ eventType: legacyType, status: { kind: "active" } }]);
    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
  });

  it("does not outlive a connection whose place another one takes", async () => {
    const rig = await connectionsRig();
    const input = { roomId: room, actor: alice, access: { bot: rig.bots.main }, deadline: rig.clock.now() + 1 };
    await rig.operations.provision({ ...input, service: rig.tracker, kindId: "project", config: { url } });
    await rig.operations.update({ ...input, connection: connectionId(room, canonicalType, url), patch: other });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { ...other, quiet: "perhaps" }, alice));
    expect(rig.server.accountDataOf(room, otherGrant)).toEqual({ granted: true });

    await rig.operations.provision({ ...input, service: rig.tracker, kindId: "project", config: { url } });

    expect(await rig.connections()).toMatchObject([{ state: { url }, status: { kind: "active" } }]);
    expect(rig.server.accountDataOf(room, otherGrant)).toEqual({ granted: false });
    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: true });
  });

  it("ends with a connection that somebody ended while nobody was told, and not with one whose writer lost the right", async () => {
    const rig = await granted();
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "SECRET", other, rig.bots.main.userId));
    rig.server.send(room, canonicalType, url, { disabled: true }, alice);
    rig.server.send(room, canonicalType, "SECRET", { disabled: true }, mallory);

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.accountDataOf(room, grantType)).toEqual({ granted: false });
    expect(rig.server.accountDataOf(room, otherGrant)).toEqual({ granted: true });
  });

  it("is not approved by being put back: our bot writes it, and it is still somebody's who may not have it", async () => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: false, reason: "no rights there" });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url: otherUrl }, alice));

    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url }, mallory));

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url: otherUrl });
    expect(await rig.connections()).toMatchObject([{ status: { kind: "ungranted" } }]);
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toMatchObject([{ id: connectionId(room, canonicalType, url), status: { kind: "ungranted" } }]);
  });

  it("is not served by a bot's hand where its grant was withdrawn", async () => {
    const rig = await granted();
    rig.server.setAccountData(room, otherGrant, { granted: false });

    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url: otherUrl }, rig.bots.main.userId));

    expect(await rig.connections()).toMatchObject([{ status: { kind: "ungranted" } }]);
  });
});

describe("what routes events and is not in the grant", () => {
  const foreign = "77";

  /** The remote knows PLAY by the id 12. */
  async function withGrant(): Promise<Rig> {
    const rig = await connectionsRig();
    rig.consent = ({ state }) => {
      const { id } = state;
      return id === undefined || id === "12" ? { granted: true } : { granted: false, reason: "not its id" };
    };
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url }, alice));
    return rig;
  }

  it.each([
    {
      road: "a state event",
      take: (rig: Rig) => rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url, id: foreign }, alice)),
    },
    {
      road: "reading the room",
      take: (rig: Rig) => {
        rig.server.send(room, canonicalType, url, { url, id: foreign }, alice);
        return rig.operations.readRoom(room);
      },
    },
  ])("is asked for when a person writes it, by $road, in spite of the grant", async ({ take }) => {
    const rig = await withGrant();

    await take(rig);

    expect(await rig.index.byRemoteKey("tracker", `id ${foreign}`)).toEqual([]);
  });

  it("is asked for once, and not when our bot wrote it", async () => {
    const rig = await withGrant();

    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url, id: "12" }, alice));
    rig.consent = () => ({ granted: false, reason: "asked again" });
    await rig.operations.readRoom(room);

    expect(await rig.connections()).toMatchObject([{ status: { kind: "active" }, state: { id: "12" } }]);
  });
});
