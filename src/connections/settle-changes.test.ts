import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  learnt,
  legacyType,
  mainBot,
  room,
  target,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { hookIdsType, hookTarget, hookType } from "../../test/support/hook-kind.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import { connectionId, type Connection } from "../core/connection.js";
import { RemoteError, StorageError } from "../core/errors.js";
import { grantDataType } from "./grants.js";

const otherUrl = "https://tracker.example/projects/WORK";
const grantPrefix = `${room} uk.half-shot.matrix-hookshot.grant/`;

interface Scenario {
  readonly name: string;
  prepare?(rig: Rig): Promise<unknown>;
  change(rig: Rig): Promise<unknown>;
}

function byHand(rig: Rig, type: string, stateKey: string, content: Readonly<Record<string, unknown>>): Promise<unknown> {
  return rig.operations.applyStateEvent(rig.server.send(room, type, stateKey, content, alice));
}

function provision(rig: Rig, config: Readonly<Record<string, unknown>>): Promise<unknown> {
  const [service, kindId] = "name" in config ? [rig.hooks, "hook"] : [rig.tracker, "project"];
  const access = { bot: rig.bots.main };
  return rig.operations.provision({ roomId: room, actor: alice, service, kindId, config, access, deadline: rig.clock.now() + 1 });
}

function update(rig: Rig, patch: Readonly<Record<string, unknown>>): Promise<unknown> {
  const connection = connectionId(room, canonicalType, url);
  const access = { bot: rig.bots.main };
  return rig.operations.update({ roomId: room, actor: alice, connection, patch, access, deadline: rig.clock.now() + 1 });
}

async function disconnect(rig: Rig): Promise<unknown> {
  // Prepared with one.
  const [connection] = (await rig.connections()) as [Connection];
  return rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled" });
}

const scenarios: readonly Scenario[] = [
  { name: "a connection is set up", change: (rig) => provision(rig, { url }) },
  {
    name: "a connection is set up over an unusable one",
    prepare(rig) {
      rig.consent = () => ({ granted: false, reason: "no rights" });
      return byHand(rig, canonicalType, "PLAY", { url });
    },
    change: (rig) => rig.operations.connect({ roomId: room, actor: alice, service: rig.tracker, target }),
  },
  {
    name: "a connection is set up over one that nobody approved, in its place",
    prepare(rig) {
      rig.consent = () => ({ granted: false, reason: "no rights" });
      return byHand(rig, canonicalType, url, { url, limit: 5 });
    },
    change: (rig) => provision(rig, { url }),
  },
  { name: "a hook is set up", change: (rig) => provision(rig, { name: "builds" }) },
  {
    name: "a hook is set up again",
    async prepare(rig) {
      await provision(rig, { name: "builds" });
      await disconnect(rig);
    },
    change: (rig) => rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget() }),
  },
  { name: "a configuration is replaced", prepare: (rig) => provision(rig, { url }), change: (rig) => provision(rig, { url, quiet: true }) },
  {
    name: "a connection of the older type is replaced",
    prepare: (rig) => byHand(rig, legacyType, url, { url }),
    change: (rig) => provision(rig, { url }),
  },
  {
    name: "a connection moves to another resource",
    prepare: (rig) => provision(rig, { url }),
    change: (rig) => update(rig, { url: otherUrl }),
  },
  {
    name: "a hook is changed",
    prepare: (rig) => provision(rig, { name: "builds" }),
    change: (rig) => provision(rig, { name: "builds", ends: Date.UTC(2030, 1) }),
  },
  { name: "a connection ends", prepare: (rig) => provision(rig, { url }), change: disconnect },
  {
    name: "a connection that cannot be read any more ends",
    async prepare(rig) {
      await provision(rig, { url });
      await byHand(rig, canonicalType, url, { url, quiet: "perhaps" });
    },
    change: disconnect,
  },
  { name: "a connection of the older type ends", prepare: (rig) => byHand(rig, legacyType, url, { url }), change: disconnect },
  { name: "a hook ends", prepare: (rig) => provision(rig, { name: "builds" }), change: disconnect },
];

const isWrite = (request: string): boolean => request.startsWith("set");

async function prepared({ prepare }: Scenario): Promise<Rig> {
  const rig = await connectionsRig();
  await prepare?.(rig);
  rig.server.takeRequests();
  return rig;
}

/** From that write on nothing gets through any more, as after a crash. */
function cutBefore(rig: Rig, write: number): void {
  let made = 0;
  let isCut = false;
  rig.server.failing = (request) => {
    if (isWrite(request) && !isCut) {
      isCut = made === write;
      made += 1;
    }
    return isCut ? away : undefined;
  };
}

/** How many writes the change makes when nothing fails, and what the room has before and after it. */
async function measure(scenario: Scenario): Promise<{ readonly writes: number; readonly outcomes: readonly unknown[] }> {
  const rig = await prepared(scenario);
  const before = await configs(rig);
  await scenario.change(rig);
  return { writes: rig.server.takeRequests().filter(isWrite).length, outcomes: [before, await configs(rig)] };
}

async function configs(rig: Rig): Promise<unknown> {
  return (await rig.connections())
    .filter(({ status }) => status.kind === "active")
    .map(({ id, eventType, state }) => ({ id, eventType, state }));
}

/** Room, account data and index say the same, and nothing is open. */
async function expectAgreement(rig: Rig): Promise<void> {
  const connections = await rig.connections();
  const active = connections.filter(({ status }) => status.kind === "active");
  const accountData = new Map(rig.server.accountDataByRoom);
  const grants = [...accountData]
    .filter(([place, { granted }]) => place.startsWith(grantPrefix) && granted === true)
    .map(([place]) => place);
  const needed = active
    .filter(({ kindId }) => kindId === "project")
    .map(({ state }) => grantDataType({ type: "tracker", id: `url:${String(state["url"])}` }));
  expect(grants.sort()).toEqual(needed.map((type) => `${room} ${type}`).sort());
  const hooks = active.filter(({ kindId }) => kindId === "hook").map(({ stateKey }) => stateKey);
  expect(Object.values(rig.server.accountDataOf(room, hookIdsType) ?? {})).toEqual(hooks);
  expect(await rig.operations.unsettledRooms()).toEqual([]);
  const rebuilt = await rig.rebuilt();
  rebuilt.consent = rig.consent;
  await rebuilt.operations.readRoom(room);
  expect(await rebuilt.connections()).toEqual(connections);
  expect(rig.server.accountDataByRoom).toEqual(accountData);
}

const cases = scenarios.map((scenario): [string, Scenario] => [scenario.name, scenario]);

describe("a change that is interrupted", () => {
  it.each(cases)("by a crash before any of its writes is finished or undone at the next start: %s", async (_name, scenario) => {
    const { writes, outcomes } = await measure(scenario);
    for (let crashAt = 0; crashAt < writes; crashAt += 1) {
      const rig = await prepared(scenario);
      cutBefore(rig, crashAt);
      await expect(scenario.change(rig)).rejects.toThrow();

      const restarted = await restart(rig);
      await settleAsAtStart(restarted);

      expect(outcomes).toContainEqual(await configs(restarted));
      await expectAgreement(restarted);
    }
  });

  it.each(cases)("by a crash before the index has it is finished at the next start: %s", async (_name, scenario) => {
    const { outcomes } = await measure(scenario);
    const rig = await prepared(scenario);
    const apply = rig.index.apply.bind(rig.index);
    rig.index.apply = (changes) => {
      if (changes.put === undefined && changes.remove === undefined) return apply(changes);
      rig.server.failing = () => away;
      return Promise.reject(new StorageError("The disk is full."));
    };
    await expect(scenario.change(rig)).rejects.toMatchObject({ code: "SB_STORAGE" });

    const restarted = await restart(rig);
    await settleAsAtStart(restarted);

    expect(await configs(restarted)).toEqual(outcomes[1]);
    await expectAgreement(restarted);
  });

  it.each(cases)("by one failure is settled at once, whether the write was carried out or not: %s", async (_name, scenario) => {
    const { writes, outcomes } = await measure(scenario);
    for (const way of ["failing", "losing"] as const) {
      for (let failAt = 0; failAt < writes; failAt += 1) {
        const rig = await prepared(scenario);
        let made = 0;
        rig.server[way] = (request) => (isWrite(request) && (made += 1) === failAt + 1 ? away : undefined);

        await expect(scenario.change(rig)).rejects.toMatchObject({ message: away.message });

        expect(outcomes).toContainEqual(await configs(rig));
        await expectAgreement(rig);
        expect(rig.unsettled).toEqual([]);
      }
    }
  });

  it.each(cases)("and tried again comes to what was wanted: %s", async (_name, scenario) => {
    const { writes, outcomes } = await measure(scenario);
    for (let failAt = 0; failAt < writes; failAt += 1) {
      const rig = await prepared(scenario);
      let made = 0;
      rig.server.failing = (request) => (isWrite(request) && (made += 1) > failAt ? away : undefined);
      await scenario.change(rig).catch(() => undefined);
      rig.server.failing = () => undefined;
      // What has ended is not there to be ended again.
      if (scenario.change === disconnect && (await rig.connections()).length === 0) await rig.operations.settle(room);
      else await scenario.change(rig);

      expect(await configs(rig)).toEqual(outcomes[1]);
      await expectAgreement(rig);
    }
  });
});

/** A new start on the same store, with a homeserver that answers. */
async function restart(rig: Rig): Promise<Rig> {
  rig.server.failing = () => undefined;
  const restarted = await rig.restarted([]);
  restarted.consent = rig.consent;
  return restarted;
}

/** Twice; the second time there is nothing to do. */
async function settleAsAtStart(rig: Rig): Promise<void> {
  expect(await rig.operations.unsettledRooms()).toEqual([room]);
  await rig.operations.settle(room);
  rig.server.takeRequests();
  const settled = [await rig.connections(), new Map(rig.server.accountDataByRoom)];
  await rig.operations.settle(room);
  expect(rig.server.takeRequests()).toEqual([]);
  expect([await rig.connections(), rig.server.accountDataByRoom]).toEqual(settled);
}

describe("settling", () => {
  /** The state event is written, and everything after it fails. */
  async function interrupted(): Promise<Rig> {
    const rig = await connectionsRig();
    rig.provision = ({ config }) => ({ target: { ...target, stateKey: String(config["url"]), state: config }, changes: [learnt] });
    rig.server.losing = (request) => {
      if (request.startsWith(`set ${room}`)) rig.server.failing = () => away;
      return rig.server.failing(request);
    };
    await expect(provision(rig, { url })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
    rig.server.losing = () => undefined;
    return rig;
  }

  it("approves nothing of somebody without rights in the place of what the room did not take", async () => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: false, reason: "no rights" });
    await byHand(rig, canonicalType, url, { url });
    const fractions = new RemoteError("The homeserver answered 400 M_BAD_JSON.", { status: 400, remoteCode: "M_BAD_JSON" });
    rig.server.failing = (request) => (request.startsWith(`set ${room} ${canonicalType}`) ? fractions : undefined);

    await expect(provision(rig, { url, limit: 1.5 })).rejects.toMatchObject({ code: "HS_BAD_VALUE" });

    expect(await rig.connections()).toMatchObject([{ status: { kind: "ungranted" } }]);
    await expectAgreement(rig);
  });

  it("goes before the end of the connection, which then ends as it is", async () => {
    const rig = await connectionsRig();
    await provision(rig, { url });
    const [connection] = (await rig.connections()) as [Connection];
    rig.server.losing = (request) => {
      if (request.startsWith(`set ${room}`)) rig.server.failing = () => away;
      return rig.server.failing(request);
    };
    await expect(update(rig, { url: otherUrl })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
    Object.assign(rig.server, { failing: () => undefined, losing: () => undefined });

    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled" });

    expect(await rig.connections()).toEqual([]);
    await expectAgreement(rig);
  });

  it("stores what goes with a connection also where the bot may not end what stands behind it", async () => {
    const rig = await connectionsRig();
    await byHand(rig, legacyType, url, { url });
    rig.provision = ({ config }) => ({ target: { ...target, stateKey: String(config["url"]), state: config }, changes: [learnt] });
    rig.server.failing = (request) => (request.startsWith(`set ${room} ${legacyType}`) ? forbidden : undefined);

    await expect(provision(rig, { url, quiet: true })).rejects.toMatchObject({ code: "HS_FORBIDDEN_BOT" });

    expect(await rig.connections()).toMatchObject([{ eventType: canonicalType, state: { quiet: true }, status: { kind: "active" } }]);
    expect(await rig.database.get(learnt.key)).toBe(learnt.value);
  });

  it("is asked for later while the homeserver is away, and goes before the room's next change", async () => {
    const rig = await interrupted();
    expect(rig.unsettled).toEqual([room]);
    await expect(rig.operations.settle(room)).rejects.toMatchObject({ isTransient: true });
    await expect(provision(rig, { url: otherUrl })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
    rig.server.failing = () => undefined;

    await provision(rig, { url: otherUrl });

    expect(await rig.connections()).toMatchObject([{ state: { url } }, { state: { url: otherUrl } }]);
    await expectAgreement(rig);
  });

  it("stores what goes with a connection that came to be", async () => {
    const rig = await interrupted();
    expect(await rig.database.get(learnt.key)).toBeUndefined();
    const restarted = await restart(rig);

    await restarted.operations.settle(room);

    expect(await restarted.connections()).toMatchObject([{ state: { url }, status: { kind: "active" } }]);
    expect(await rig.database.get(learnt.key)).toBe(learnt.value);
  });

  it("costs nothing in a room where nothing is open", async () => {
    const rig = await connectionsRig();

    await rig.operations.settle(room);

    expect(rig.server.takeRequests()).toEqual([]);
  });

  it.each([
    ["the bot was put out of the room", (rig: Rig) => rig.server.send(room, "m.room.member", mainBot, { membership: "ban" }, alice)],
    ["the homeserver refuses", (rig: Rig) => (rig.server.failing = () => forbidden)],
  ])("is given up with a warning where %s, and takes nothing away", async (_name, close) => {
    const rig = await interrupted();
    const restarted = await restart(rig);
    close(restarted);
    const accountData = new Map(rig.server.accountDataByRoom);

    await restarted.operations.settle(room);

    expect(await restarted.operations.unsettledRooms()).toEqual([]);
    expect(restarted.log.join("\n")).toContain("refuses to let it be settled");
    expect(rig.server.accountDataByRoom).toEqual(accountData);
  });

  it("does not undo what somebody wrote into the place meanwhile", async () => {
    const rig = await interrupted();
    rig.server.send(room, canonicalType, url, { url, limit: 5 }, alice);
    const restarted = await restart(rig);

    await restarted.operations.settle(room);

    expect(await restarted.connections()).toMatchObject([{ state: { url, limit: 5 }, sender: alice, status: { kind: "active" } }]);
    await expectAgreement(restarted);
  });

  it("finds nothing new in the events that it wrote when they come back", async () => {
    const rig = await interrupted();
    const restarted = await restart(rig);
    await restarted.operations.settle(room);
    restarted.server.takeRequests();

    await restarted.operations.applyStateEvent(restarted.server.stateOf(room, canonicalType, url)!);

    expect(restarted.server.takeRequests()).toEqual([]);
  });

  it("takes away the id of the hook that did not come to be, and of no other", async () => {
    const rig = await connectionsRig();
    await provision(rig, { name: "deploys" });
    rig.server.failing = (request) => (request.startsWith(`set ${room} ${hookType} builds`) ? away : undefined);
    await expect(provision(rig, { name: "builds" })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });

    expect(Object.values(rig.server.accountDataOf(room, hookIdsType) ?? {})).toEqual(["deploys"]);
    await expectAgreement(rig);
  });
});
