import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";
import type { HttpClient } from "../core/ports/http-client.js";
import { RemoteError } from "../core/errors.js";
import type { MatrixOptions } from "./matrix.js";

const roomId = "!room:fake.test";
const otherRoom = "!other:fake.test";
const bot = "@hookshot:fake.test";
const ghost = "@_github_alice:fake.test";
const alice = { displayName: "alice" };
const rooms = [
  { roomId, creator: "@owner:fake.test", members: [bot] },
  { roomId: otherRoom, creator: "@owner:fake.test", members: [bot] },
];
const privateRoom = [{ roomId, creator: "@owner:fake.test", members: [bot], isInviteOnly: true as const }];

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

async function start(options: Partial<FakeHomeserverOptions> = {}, matrixOptions: Partial<MatrixOptions> = {}): Promise<MatrixOnFake> {
  fixture = await startMatrixOnFake({ rooms, ...options }, { botsIn: () => Promise.resolve([bot]), ...matrixOptions });
  return fixture;
}

/** A web that answers every address with these bytes. */
function webOf(contentType: string, bytes: Buffer, status = 200): HttpClient {
  return { request: async () => ({ status, headers: { "content-type": contentType }, body: bytes.toString("latin1"), bytes }) };
}

function profile({ homeserver }: MatrixOnFake): unknown {
  return homeserver.memory.profiles.get(ghost);
}

function membership({ homeserver }: MatrixOnFake, room = roomId): string | undefined {
  return homeserver.memory.rooms.get(room)?.membership(ghost);
}

describe("a ghost that is to speak", () => {
  it("is registered, named and joined", async () => {
    const at = await start();

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect([at.homeserver.memory.users.has(ghost), profile(at), membership(at)]).toEqual([true, { displayname: "alice" }, "join"]);
    expect(at.homeserver.counters).toEqual({ register: 1, profile: 1, capabilities: 1, set_profile: 1, join: 1 });
  });

  it("costs nothing when it spoke there before", async () => {
    const at = await start();
    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).toBeUndefined();
  });

  it("only joins when it speaks in another room", async () => {
    const at = await start();
    await at.matrix.ghosts.prepare(ghost, alice, roomId);
    at.homeserver.resetCounters();

    await at.matrix.ghosts.prepare(ghost, alice, otherRoom);

    expect([at.homeserver.counters, membership(at, otherRoom)]).toEqual([{ join: 1 }, "join"]);
  });

  it("may be registered already, and keeps the name that it has", async () => {
    const at = await start();
    at.homeserver.memory.users.add(ghost);
    at.homeserver.memory.profiles.set(ghost, { displayname: "alice" });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect(at.homeserver.counters).toEqual({ register: 1, profile: 1, join: 1 });
  });

  it("is renamed when it is called something else", async () => {
    const at = await start();
    await at.matrix.ghosts.prepare(ghost, alice, roomId);
    at.homeserver.resetCounters();

    await at.matrix.ghosts.prepare(ghost, { displayName: "Alice B." }, roomId);

    expect([at.homeserver.counters, profile(at)]).toEqual([{ set_profile: 1 }, { displayname: "Alice B." }]);
  });

  it("is left nameless where the homeserver says that nobody may be named, which is asked once", async () => {
    const at = await start({ mayRename: false });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);
    await at.matrix.ghosts.prepare("@_github_bob:fake.test", { displayName: "bob" }, roomId);

    expect([profile(at), membership(at), at.warnings]).toEqual([undefined, "join", []]);
    expect(at.homeserver.counters).toMatchObject({ capabilities: 1, join: 2 });
  });

  it("speaks nameless where the homeserver refuses the name, with a warning", async () => {
    const at = await start();
    at.homeserver.setFaults({ refusals: [{ kind: "set_profile", status: 403, errcode: "M_FORBIDDEN" }] });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect([membership(at), at.warnings]).toEqual(["join", ["The homeserver does not let us name a ghost"]]);
    expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).toBeUndefined();
  });

  it("speaks, with its name, where the homeserver refuses to tell what it is called", async () => {
    const at = await start();
    at.homeserver.setFaults({ refusals: [{ kind: "profile", status: 403, errcode: "M_FORBIDDEN" }] });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect([profile(at), membership(at)]).toEqual([{ displayname: "alice" }, "join"]);
  });

  it("is named although the homeserver did not tell whether that is allowed", async () => {
    const at = await start();
    at.homeserver.setFaults({ refusals: [{ kind: "capabilities", status: 404, errcode: "M_UNRECOGNIZED" }] });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect(profile(at)).toEqual({ displayname: "alice" });
  });

  it.each([
    { kind: "register", status: 500 },
    { kind: "profile", status: 502 },
    { kind: "set_profile", status: 503 },
    { kind: "join", status: 500 },
  ])("waits while the homeserver fails with $kind, and goes on where it stopped", async ({ kind, status }) => {
    const at = await start();
    at.homeserver.setFaults({ refusals: [{ kind, status, errcode: "M_UNKNOWN", times: 1 }] });

    await expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).rejects.toMatchObject({ isTransient: true });
    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect([profile(at), membership(at)]).toEqual([{ displayname: "alice" }, "join"]);
  });

  it("is prepared once where two rooms want it at once", async () => {
    const at = await start();

    await Promise.all([at.matrix.ghosts.prepare(ghost, alice, roomId), at.matrix.ghosts.prepare(ghost, alice, otherRoom)]);

    expect(at.homeserver.counters).toMatchObject({ register: 1, set_profile: 1, join: 2 });
  });

  it("is made ready anew after the homeserver refused it in the room", async () => {
    const at = await start();
    await at.matrix.ghosts.prepare(ghost, alice, roomId);
    at.homeserver.memory.users.delete(ghost);
    at.homeserver.memory.rooms.get(roomId)?.setMembership(ghost, "leave");

    at.matrix.ghosts.forget(ghost, roomId);
    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect([at.homeserver.memory.users.has(ghost), membership(at)]).toEqual([true, "join"]);
  });

  it("can be introduced without a room", async () => {
    const at = await start();

    await at.matrix.ghosts.introduce({ userId: ghost, displayName: "alice" });

    expect([profile(at), membership(at)]).toEqual([{ displayname: "alice" }, undefined]);
  });
});

describe("a ghost that may not join by itself", () => {
  it("is invited by the bot in the room", async () => {
    const at = await start({ rooms: privateRoom });

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    const members = at.homeserver.memory.rooms.get(roomId)?.timeline.filter(({ state_key }) => state_key === ghost);
    expect(members?.map(({ sender, content }) => [sender, content["membership"]])).toEqual([
      [bot, "invite"],
      [ghost, "join"],
    ]);
  });

  it("is invited by the next bot where the first one may not", async () => {
    const second = "@github:fake.test";
    const at = await start(
      { rooms: [{ roomId, creator: "@owner:fake.test", members: [second], isInviteOnly: true }] },
      { botsIn: () => Promise.resolve([bot, second]) },
    );

    await at.matrix.ghosts.prepare(ghost, alice, roomId);

    expect(membership(at)).toBe("join");
  });

  it("cannot speak where no bot may invite it: the refusal says so, and it is tried again the next time", async () => {
    const at = await start({ rooms: privateRoom }, { botsIn: () => Promise.resolve([]) });

    await expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).rejects.toMatchObject({ status: 403, isTransient: false });

    expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).toBeInstanceOf(Promise);
    await expect(at.matrix.ghosts.prepare(ghost, alice, roomId)).rejects.toMatchObject({ status: 403 });
  });
});

describe("a ghost's picture", () => {
  const mxc = { displayName: "alice", avatarUrl: "mxc://fake.test/picture" };
  const web = { displayName: "alice", avatarUrl: "https://avatars.test/alice.png" };

  it("is taken as it is where it lies at the homeserver", async () => {
    const at = await start();

    await at.matrix.ghosts.prepare(ghost, mxc, roomId);

    expect(profile(at)).toEqual({ displayname: "alice", avatar_url: "mxc://fake.test/picture" });
    expect(at.homeserver.counters).not.toHaveProperty("upload");
  });

  it("is fetched from the web and given to the homeserver, once", async () => {
    const at = await start({}, { pictures: webOf("image/png; charset=binary", Buffer.from("picture")) });

    await at.matrix.ghosts.prepare(ghost, web, roomId);
    await at.matrix.ghosts.prepare(ghost, { ...web, avatarUrl: "https://avatars.test/newer.png" }, roomId);

    expect(profile(at)).toEqual({ displayname: "alice", avatar_url: "mxc://fake.test/media0" });
    expect(at.homeserver.memory.media.get("mxc://fake.test/media0")?.toString()).toBe("picture");
    expect(at.homeserver.counters).toMatchObject({ upload: 1 });
  });

  it("stays where the ghost has one", async () => {
    const at = await start();
    at.homeserver.memory.profiles.set(ghost, { displayname: "alice", avatar_url: "mxc://fake.test/own" });

    await at.matrix.ghosts.prepare(ghost, mxc, roomId);

    expect(profile(at)).toEqual({ displayname: "alice", avatar_url: "mxc://fake.test/own" });
  });

  it.each<{ what: string; pictures: HttpClient }>([
    { what: "nobody answers", pictures: { request: () => Promise.reject(new RemoteError("no answer came")) } },
    { what: "there is none", pictures: webOf("text/html", Buffer.from("not found"), 404) },
    { what: "it is something that clients would run", pictures: webOf("image/svg+xml", Buffer.from("<svg/>")) },
    { what: "it is very large", pictures: webOf("image/png", Buffer.alloc(2 * 1_048_576 + 1)) },
  ])("is gone without where $what: that is logged, and not tried again", async ({ pictures }) => {
    const at = await start({}, { pictures });

    await at.matrix.ghosts.prepare(ghost, web, roomId);

    expect([profile(at), membership(at)]).toEqual([{ displayname: "alice" }, "join"]);
    expect(at.warnings).toEqual(["A ghost's picture could not be set"]);
    expect(at.matrix.ghosts.prepare(ghost, web, roomId)).toBeUndefined();
  });
});
