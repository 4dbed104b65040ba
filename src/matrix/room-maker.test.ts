import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";

const bot = "@hookshot:fake.test";
const ghost = "@_github_alice:fake.test";

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

describe("rooms that our users open", () => {
  it("are found by their alias, which nobody else gets", async () => {
    fixture = await startMatrixOnFake();
    const { roomMaker } = fixture.matrix;

    const roomId = await roomMaker.create({ name: "A room", room_alias_name: "a_b" }, ghost);

    expect(await roomMaker.findAlias("#a_b:fake.test")).toBe(roomId);
    expect(await roomMaker.findAlias("#other:fake.test")).toBeUndefined();
    await expect(roomMaker.create({ room_alias_name: "a_b" }, bot)).rejects.toMatchObject({ remoteCode: "M_ROOM_IN_USE" });
    expect(fixture.homeserver.memory.rooms.get(roomId)?.stateEvent("m.room.create", "")?.sender).toBe(ghost);
  });

  it("tell while the homeserver is asked for one of them", async () => {
    fixture = await startMatrixOnFake();
    const { roomMaker } = fixture.matrix;

    const both = Promise.all([roomMaker.findAlias("#a:fake.test"), roomMaker.findAlias("#a:fake.test")]);
    expect([roomMaker.isAsking("#a:fake.test"), roomMaker.isAsking("#b:fake.test")]).toEqual([true, false]);
    await both;
    expect(roomMaker.isAsking("#a:fake.test")).toBe(false);
    await fixture.homeserver.stop();
    await expect(roomMaker.findAlias("#a:fake.test")).rejects.toThrow();

    expect(roomMaker.isAsking("#a:fake.test")).toBe(false);
  });

  it("take invitations by their members", async () => {
    fixture = await startMatrixOnFake();
    const { roomMaker } = fixture.matrix;
    const roomId = await roomMaker.create({ preset: "private_chat" }, bot);

    await roomMaker.invite(roomId, ghost, bot);

    expect(fixture.homeserver.memory.rooms.get(roomId)?.membership(ghost)).toBe("invite");
    await expect(roomMaker.invite(roomId, "@x:fake.test", "@stranger:fake.test")).rejects.toMatchObject({ status: 403 });
  });
});

describe("account data that belongs to no room", () => {
  it("is read by its owner; what is not there is undefined", async () => {
    fixture = await startMatrixOnFake();
    fixture.homeserver.memory.accountData.set(`${bot}\n\na.type:@alice:fake.test`, { encrypted: "x" });

    expect(await fixture.matrix.ownAccountData.get("a.type:@alice:fake.test", bot)).toEqual({ encrypted: "x" });
    expect(await fixture.matrix.ownAccountData.get("a.type:@bob:fake.test", bot)).toBeUndefined();
  });

  it("is set by its owner, under names that need encoding too", async () => {
    fixture = await startMatrixOnFake();
    const type = "a.type/ä:@alice:fake.test";

    await fixture.matrix.ownAccountData.set(type, { deleted: true }, bot);

    expect(await fixture.matrix.ownAccountData.get(type, bot)).toEqual({ deleted: true });
    expect(fixture.calls).toContain("setAccountData ok");
  });
});
