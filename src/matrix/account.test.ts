import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";
import type { Bot } from "../core/bots.js";

const main: Bot = { userId: "@hookshot:fake.test", prefix: "!hookshot", displayName: "Hookshot" };
const jira: Bot = { userId: "@jira:fake.test", prefix: "!jira", service: "jira" };

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function start(options: Partial<FakeHomeserverOptions> = {}): Promise<MatrixOnFake> {
  const fixture = await startMatrixOnFake(options);
  cleanUps.push(() => fixture.stop());
  return fixture;
}

async function imageFile(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-avatar-"));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("registering a bot", () => {
  it("makes the user, and takes one that is there", async () => {
    const { homeserver, matrix } = await start();

    await matrix.botAccount.registerBot(jira);
    await matrix.botAccount.registerBot(jira);

    expect(homeserver.memory.users).toContain(jira.userId);
    expect(homeserver.counters).toEqual({ register: 2 });
  });

  it("names the namespaces when the homeserver reserves the name", async () => {
    const { homeserver, matrix } = await start();
    homeserver.setFaults({ refusals: [{ kind: "register", status: 400, errcode: "M_EXCLUSIVE" }] });

    await expect(matrix.botAccount.registerBot(jira)).rejects.toMatchObject({
      status: 400,
      remoteCode: "M_EXCLUSIVE",
      message: expect.stringContaining("namespaces.users"),
    });
  });
});

describe("the application service's own account", () => {
  it("asks who it is and what the homeserver speaks", async () => {
    const { matrix } = await start();

    expect(await matrix.botAccount.whoami()).toBe(main.userId);
    expect(await matrix.botAccount.versions()).toContain("v1.11");
  });

  it("pings, and the homeserver sends what it held back", async () => {
    const seen: string[] = [];
    const appservice = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        seen.push(`${request.method ?? ""} ${request.url ?? ""} ${request.headers.authorization ?? ""}`);
        response.writeHead(seen.length === 1 ? 503 : 200).end("{}");
        if (seen.length === 3) done();
      });
    });
    let done = (): void => undefined;
    const all = new Promise<void>((resolve) => (done = resolve));
    await new Promise<void>((resolve) => appservice.listen(0, "127.0.0.1", resolve));
    cleanUps.push(async () => {
      appservice.closeAllConnections();
      appservice.close();
    });
    // A TCP listener's address is an object.
    const url = `http://127.0.0.1:${(appservice.address() as AddressInfo).port}`;
    const { homeserver, matrix } = await start({
      appservice: { url, hsToken: "hs" },
      rooms: [{ roomId: "!a:fake.test", creator: "@alice:fake.test" }],
    });
    homeserver.sendAs("@alice:fake.test", "!a:fake.test", { type: "m.room.message", content: { body: "held back" } });
    await expect.poll(() => seen).toHaveLength(1);

    await matrix.botAccount.ping("txn-1");
    await all;

    expect(seen).toEqual([
      "PUT /_matrix/app/v1/transactions/1 Bearer hs",
      "POST /_matrix/app/v1/ping Bearer hs",
      "PUT /_matrix/app/v1/transactions/1 Bearer hs",
    ]);
  });

  it("says why a ping failed", async () => {
    const { matrix } = await start();

    await expect(matrix.botAccount.ping("txn-1")).rejects.toMatchObject({ status: 400, remoteCode: "M_URL_NOT_SET" });
  });
});

describe("the profile of a bot", () => {
  it("is set once; a later start makes no request", async () => {
    const { homeserver, matrix, again } = await start();
    const bot = { ...main, avatar: "mxc://fake.test/face" };

    await matrix.botAccount.syncProfile(bot);

    expect(homeserver.memory.profiles.get(main.userId)).toEqual({ displayname: "Hookshot", avatar_url: "mxc://fake.test/face" });
    homeserver.resetCounters();
    await again().botAccount.syncProfile(bot);
    expect(homeserver.counters).toEqual({});
  });

  it("is compared before it is changed", async () => {
    const { homeserver, matrix } = await start();
    homeserver.memory.profiles.set(main.userId, { displayname: "Hookshot" });

    await matrix.botAccount.syncProfile(main);

    expect(homeserver.counters).toEqual({ profile: 1 });
  });

  it.each([
    { name: "the main bot's is removed", bot: main, left: "" },
    { name: "a service bot's stays", bot: jira, left: "mxc://fake.test/old" },
  ])("without an avatar in the configuration: $name", async ({ bot, left }) => {
    const { homeserver, matrix } = await start();
    homeserver.memory.profiles.set(bot.userId, { avatar_url: "mxc://fake.test/old" });

    await matrix.botAccount.syncProfile(bot);

    expect(homeserver.memory.profiles.get(bot.userId)?.avatar_url).toBe(left);
  });

  it("uploads a file once per content", async () => {
    const { homeserver, matrix } = await start();
    const avatar = await imageFile("face.png", "first");

    await matrix.botAccount.syncProfile({ ...main, avatar });
    await matrix.botAccount.syncProfile({ ...jira, avatar });
    await writeFile(avatar, "second");
    await matrix.botAccount.syncProfile({ ...main, avatar });

    expect([...homeserver.memory.media].map(([uri, bytes]) => [uri, bytes.toString()])).toEqual([
      ["mxc://fake.test/media0", "first"],
      ["mxc://fake.test/media1", "second"],
    ]);
    expect(homeserver.memory.profiles.get(main.userId)?.avatar_url).toBe("mxc://fake.test/media1");
    expect(homeserver.memory.profiles.get(jira.userId)?.avatar_url).toBe("mxc://fake.test/media0");
  });

  it("names the file that cannot be read", async () => {
    const { matrix } = await start();

    await expect(matrix.botAccount.syncProfile({ ...main, avatar: "/nowhere/face.png" })).rejects.toMatchObject({
      code: "SB_CONFIG",
      message: expect.stringContaining("/nowhere/face.png"),
    });
  });

  it("is a warning where the homeserver forbids it, and tried again at the next start", async () => {
    const { homeserver, matrix, warnings } = await start();
    homeserver.setFaults({ refusals: [{ kind: "set_profile", status: 403, errcode: "M_FORBIDDEN", times: 1 }] });

    await matrix.botAccount.syncProfile(main);

    expect(warnings).toEqual(["The homeserver does not let us change the display name of our user."]);
    await matrix.botAccount.syncProfile(main);
    expect(homeserver.memory.profiles.get(main.userId)?.displayname).toBe("Hookshot");
  });
});
