import { afterEach, describe, expect, it } from "vitest";
import { bodyOf, ForwardsRig, stored, submission, submittedRepository } from "../../test/support/forwards-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { NotFoundError, StorageError } from "../core/errors.js";
import type { ShownForwardTarget } from "./forwards.js";

const notNow = "A site does not take copies of development information now";
const refusedLine = "A site refused a copy of development information for good";

let rigs: ForwardsRig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.forwards.stop()));
  rigs = [];
});

async function start(...options: Parameters<typeof ForwardsRig.started>): Promise<ForwardsRig> {
  const rig = await ForwardsRig.started(...options);
  rigs.push(rig);
  return rig;
}

/** The next life of the process, over what the former left. */
async function restart(rig: ForwardsRig, options: Parameters<typeof ForwardsRig.started>[0] = {}): Promise<ForwardsRig> {
  await rig.forwards.stop();
  const { database, site, clock } = rig;
  return start({ database, site, clock, start: 2, ...options });
}

async function targetOf(rig: ForwardsRig): Promise<ShownForwardTarget> {
  const { targets } = await rig.forwards.list();
  const [target] = targets;
  if (target === undefined) throw new TypeError("there is no site");
  return target;
}

function away(rig: ForwardsRig): void {
  rig.site.fault = () => "cut";
}

/** What came to the API itself. */
function operations(rig: ForwardsRig): readonly string[] {
  return rig.site.calls.filter((call) => call.includes("/devinfo/"));
}

describe("copies for a site", () => {
  it("are sent in the order of acceptance, as they came, and leave nothing behind", async () => {
    const rig = await start();

    await rig.submit("one");
    await rig.delete("/repository/one?_updateSequenceId=5");
    await rig.submit("two");
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["one", "/repository/one?_updateSequenceId=5", "two"]);
    expect(rig.site.taken[0]?.body).toBe(bodyOf("one").toString());
    expect(await rig.keys()).toEqual([]);
  });

  it("are made of the named providers' changes alone, for each site that wants them", async () => {
    const rig = await start({
      forward: [
        { from: ["ci", "jenkins"], clientId: "a" },
        { from: ["ci"], clientId: "b" },
      ],
    });
    away(rig);

    for (const provider of ["ci", "jenkins", "other"]) {
      await rig.submit("r", { provider });
      await rig.delete("/repository/r", provider);
    }

    const { targets } = await rig.forwards.list();
    expect(targets.map(({ clientId, from, waiting }) => [clientId, from, waiting.count])).toEqual([
      ["a", ["ci", "jenkins"], 4],
      ["b", ["ci"], 2],
    ]);
  });

  it("of entries with one site and client wait in one queue", async () => {
    const rig = await start({ forward: [{ from: ["ci"] }, { from: ["jenkins"] }] });

    await rig.submit("one");
    await rig.submit("two", { provider: "jenkins" });
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["one", "two"]);
    expect((await targetOf(rig)).from).toEqual(["ci", "jenkins"]);
  });

  it("go to an address without what else somebody wrote into it", async () => {
    const rig = await start({
      forward: [{ url: "https://me:planted@site.example.net/?planted#x", apiUrl: "https://api.example.com/gateway/" }],
    });

    await rig.submit("one");
    await rig.until(() => rig.site.requests.length >= 2);

    expect(rig.site.requests.map(({ url }) => url).slice(0, 2)).toEqual([
      "https://site.example.net/_edge/tenant_info",
      "https://api.example.com/gateway/oauth/token",
    ]);
    expect((await targetOf(rig)).url).toBe("https://site.example.net");
  });

  it("cost nothing where nobody wants them", async () => {
    const rig = await start();
    const before = rig.database.status;

    expect(rig.forwards.observer.recorded?.(submission("other", []), { at: 1, repositories: [] }, {})).toEqual({ changes: [] });
    expect(rig.forwards.observer.deleted?.("other", { request: { pathAndQuery: "/repository/r" } })).toEqual([]);
    rig.forwards.observer.stored?.();

    expect([before, rig.site.calls]).toEqual(["open", []]);
  });

  it("of what we read ourselves are put together, removals first", async () => {
    const rig = await start({ forward: [{ from: ["git-integrations"] }] });
    const repository = submittedRepository("7");
    const removed = [{ provider: "git-integrations", repositoryId: "7", type: "branch" as const, id: "b" }];

    await rig.record(submission("git-integrations", [repository]), {}, { at: 1, repositories: [stored(repository)], removed });
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["/repository/7/branch/b", "7"]);
  });

  it("lie compressed in the store, and without a token of the request", async () => {
    const rig = await start();
    away(rig);

    await rig.submit("r", { body: Buffer.from(JSON.stringify({ repositories: [{ id: "r", name: "x".repeat(100_000) }] })) });
    await rig.delete("/repository/r?jwt=planted-token");

    const { waiting, oldest } = await targetOf(rig);
    expect(waiting).toMatchObject({ count: 2 });
    expect(waiting.bytes).toBeLessThan(2_000);
    expect(oldest).toMatchObject({ provider: "ci", request: "POST /bulk" });
    expect(oldest?.bytes).toBeGreaterThan(100_000);
    const all = await rig.database.iterator().all();
    expect(all.flat().join()).not.toContain("planted");
  });
});

describe("a site that is away", () => {
  it.each([
    { title: "cuts connections", fault: "cut" as const },
    { title: "fails", fault: { status: 500 } },
    { title: "wants to be left alone", fault: { status: 429, headers: { "retry-after": "1" } } },
    { title: "wants no token", fault: { status: 401 } },
    { title: "redirects", fault: { status: 302, headers: { location: "https://elsewhere.example" } } },
  ])("because it $title gets everything later, in order", async ({ fault }) => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/devinfo/") ? fault : undefined);

    for (const id of ["one", "two", "three"]) await rig.submit(id);
    await rig.until(() => operations(rig).length > 0);
    await rig.clock.advance(20 * 60_000);

    expect((await targetOf(rig)).waiting.count).toBe(3);
    rig.site.fault = undefined;
    await rig.clock.advance(5 * 60_000);
    await rig.untilEmpty();
    expect(rig.site.names).toEqual(["one", "two", "three"]);
  });

  it("is asked ever less often, up to every five minutes, however much is submitted", async () => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/devinfo/") ? { status: 500 } : undefined);
    // Without a body: reading one takes a moment of which the clock knows nothing.
    await rig.delete("/repository/r");
    await rig.until(() => operations(rig).length === 1);

    await rig.clock.advance(60_000);
    const inTheFirstMinute = operations(rig).length;
    for (let index = 0; index < 20; index += 1) await rig.submit(`r${index}`);
    await rig.clock.advance(3 * 3_600_000);
    const before = operations(rig).length;
    await rig.clock.advance(3_600_000);

    expect(inTheFirstMinute).toBeLessThan(12);
    // Between half of five minutes and all of it.
    expect(operations(rig).length - before).toBeGreaterThanOrEqual(11);
    expect(operations(rig).length - before).toBeLessThanOrEqual(25);
  });

  it.each([
    { header: "600", quietMs: 600_000 },
    { header: "86400", quietMs: 3_600_000 },
  ])("and says Retry-After: $header is left alone for that, at most for an hour", async ({ header, quietMs }) => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/devinfo/") ? { status: 429, headers: { "retry-after": header } } : undefined);
    await rig.submit("r");
    await rig.until(() => operations(rig).length === 1);

    await rig.clock.advance(quietMs - 1);
    expect(operations(rig)).toHaveLength(1);
    await rig.clock.advance(1);

    await rig.until(() => operations(rig).length === 2);
  });

  it("is told of once, and again when it takes copies", async () => {
    const rig = await start();
    away(rig);
    await rig.submit("r");
    await rig.until(() => rig.log.lines(notNow).length > 0);
    await rig.clock.advance(30 * 60_000);

    expect(rig.log.lines(notNow)).toMatchObject([
      { url: "https://site.example.net", provider: "ci", reason: "the site cut the connection", waiting: 1 },
    ]);
    expect((await targetOf(rig)).failure).toMatchObject({ reason: "the site cut the connection" });
    rig.site.fault = undefined;
    await rig.clock.advance(5 * 60_000);
    await rig.untilEmpty();
    expect(rig.log.lines("A site takes copies of development information again")).toHaveLength(1);
    expect((await targetOf(rig)).failure).toBeUndefined();
  });

  it("gets what waited after a restart, and what was sent but not noted once more", async () => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/bulk") ? { status: 503 } : undefined);
    for (const id of ["one", "two"]) await rig.submit(id);
    await rig.until(() => operations(rig).length > 0);

    const next = await restart(rig);
    rig.site.fault = undefined;
    await next.submit("three");
    await next.clock.advance(5 * 60_000);
    await next.untilEmpty();

    expect(rig.site.names).toEqual(["one", "two", "three"]);
  });

  it("does not hold up a stop", async () => {
    const rig = await start();
    let answer = (): void => undefined;
    rig.site.fault = undefined;
    const ask = rig.site.request.bind(rig.site);
    rig.site.request = async (request) => {
      if (request.method !== "GET") await new Promise<void>((resolve) => (answer = resolve));
      return ask(request);
    };
    await rig.submit("r");
    await rig.until(() => rig.site.calls.length > 0);

    await rig.forwards.stop();

    expect(await rig.keys()).not.toEqual([]);
    answer();
  });

  it("costs a limited part of the disk: the oldest are given up, and it is said", async () => {
    const rig = await start({ limits: { waiting: { count: 20, bytes: 1e9 }, dead: { count: 10, bytes: 1e9 } } });
    away(rig);

    for (let index = 1; index <= 21; index += 1) await rig.submit(`r${index}`);
    await rig.until(async () => (await targetOf(rig)).waiting.count === 19, "the oldest are given up");

    const line = "Too much waits for a site: the oldest copies of development information were given up";
    expect(rig.log.lines(line)).toMatchObject([{ level: "error", givenUp: 2 }]);
    rig.site.fault = undefined;
    await rig.clock.advance(5 * 60_000);
    await rig.untilEmpty();
    expect(rig.site.names).toEqual(Array.from({ length: 19 }, (_, index) => `r${index + 3}`));
    expect(await rig.keys()).toEqual([]);
  });

  it("costs a limited part of the disk, restarts included, measured in bytes as they lie there", async () => {
    const limits = { waiting: { count: 1_000, bytes: 1_000 }, dead: { count: 10, bytes: 1e9 } };
    const rig = await start({ limits });
    away(rig);
    for (let index = 0; index < 5; index += 1) await rig.submit(`r${index}`);
    const { waiting } = await targetOf(rig);
    const each = waiting.bytes / 5;

    const next = await restart(rig, { limits });
    expect((await targetOf(next)).waiting).toEqual(waiting);
    for (let index = 5; index * each <= 1_000; index += 1) await next.submit(`r${index}`);
    await next.until(async () => (await targetOf(next)).waiting.bytes <= 950, "the oldest are given up");

    expect((await targetOf(next)).waiting.bytes).toBeGreaterThan(950 - 2 * each);
  });
});

describe("a copy that the site refuses", () => {
  function refuse(rig: ForwardsRig, ...ids: readonly string[]): void {
    const ask = rig.site.request.bind(rig.site);
    rig.site.request = async (request) => {
      const isRefused = ids.some((id) => request.body?.toString().includes(`"id":"${id}"`) === true) && request.url.endsWith("/bulk");
      const former = rig.site.fault;
      if (isRefused) rig.site.fault = () => ({ status: 400, body: { errorMessages: [{ message: "devInformation.no: bad" }] } });
      try {
        return await ask(request);
      } finally {
        rig.site.fault = former;
      }
    };
  }

  it("is kept, listed and told of, and blocks nothing", async () => {
    const rig = await start();
    refuse(rig, "bad");

    for (const id of ["one", "bad", "two"]) await rig.submit(id);
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["one", "two"]);
    const { targets, dead } = await rig.forwards.list();
    expect(targets).toMatchObject([{ dead: { count: 1 } }]);
    expect(dead).toMatchObject([
      { target: targets[0]?.id, provider: "ci", request: "POST /bulk", reason: "it answered 400: devInformation.no: bad" },
    ]);
    expect(rig.log.lines(refusedLine)).toMatchObject([
      { id: dead[0]?.id, provider: "ci", dead: 1, reason: "it answered 400: devInformation.no: bad" },
    ]);
  });

  it("is sent again when somebody wants it, with its body, after a restart too", async () => {
    const rig = await start();
    refuse(rig, "bad");
    await rig.submit("bad");
    await rig.untilEmpty();

    const next = await restart(rig);
    // Without the refusal.
    delete (next.site as { request?: unknown }).request;
    const [dead] = (await next.forwards.list()).dead;
    expect(await next.forwards.replay(dead?.id ?? "")).toBe(1);
    await next.untilEmpty();

    expect(next.site.taken.map(({ body }) => body)).toEqual([bodyOf("bad").toString()]);
    expect(await next.keys()).toEqual([]);
  });

  it("is sent again before what waits, also while something is on its way", async () => {
    const rig = await start();
    refuse(rig, "bad");
    await rig.submit("bad");
    await rig.untilEmpty();
    const [dead] = (await rig.forwards.list()).dead;
    delete (rig.site as { request?: unknown }).request;
    const ask = rig.site.request.bind(rig.site);
    let isAsked = false;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    rig.site.request = async (request) => {
      isAsked ||= request.url.endsWith("/bulk");
      if (isAsked) await released;
      return ask(request);
    };
    for (const id of ["one", "two"]) await rig.submit(id);
    await rig.until(() => isAsked);

    await rig.forwards.replay(dead?.id ?? "");
    release();
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["one", "bad", "two"]);
  });

  it("is sent again with all others of its site", async () => {
    const rig = await start();
    refuse(rig, "bad", "worse");
    for (const id of ["bad", "worse"]) await rig.submit(id);
    await rig.untilEmpty();
    delete (rig.site as { request?: unknown }).request;

    expect(await rig.forwards.replay((await targetOf(rig)).id)).toBe(2);
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["bad", "worse"]);
  });

  it("is given up when somebody wants it so", async () => {
    const rig = await start();
    refuse(rig, "bad");
    await rig.submit("bad");
    await rig.untilEmpty();
    const [dead] = (await rig.forwards.list()).dead;

    expect(await rig.forwards.discard(dead?.id ?? "")).toBe(1);

    expect((await rig.forwards.list()).dead).toEqual([]);
    expect(await rig.keys()).toEqual([]);
    await expect(rig.forwards.discard(dead?.id ?? "")).rejects.toThrow(NotFoundError);
    await expect(rig.forwards.replay("nothing")).rejects.toThrow(NotFoundError);
  });

  it("is one of so many: the oldest go", async () => {
    const rig = await start({ limits: { waiting: { count: 99, bytes: 1e9 }, dead: { count: 3, bytes: 1e9 } } });
    rig.site.fault = (call) => (call.includes("/devinfo/") ? { status: 403 } : undefined);

    for (let index = 0; index < 5; index += 1) await rig.delete(`/repository/r${index}`);
    await rig.untilEmpty();

    expect((await rig.forwards.list()).dead.map(({ request }) => request)).toEqual(
      [4, 3, 2].map((index) => `DELETE /repository/r${index}`),
    );
    expect(await rig.keys()).toHaveLength(3);
  });

  it("may be one whose body the disk lost", async () => {
    const rig = await start();
    away(rig);
    await rig.submit("r");
    await rig.until(async () => (await targetOf(rig)).failure !== undefined);
    const bodies = (await rig.keys()).filter((key) => key.includes("bodies"));
    await rig.database.batch(bodies.map((key) => ({ type: "del", key })));

    await rig.submit("next");
    rig.site.fault = undefined;
    await rig.clock.advance(5 * 60_000);
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["next"]);
    expect((await rig.forwards.list()).dead).toMatchObject([{ reason: "its body cannot be read from the data folder" }]);
  });
});

describe("a copy that waits", () => {
  it("is given up when somebody wants it so, and what lies behind it is tried at once", async () => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/repository/poison") ? { status: 500 } : undefined);
    await rig.delete("/repository/poison");
    await rig.submit("next");
    await rig.until(async () => (await targetOf(rig)).failure !== undefined);

    expect(await rig.forwards.discard((await targetOf(rig)).oldest?.id ?? "")).toBe(1);
    await rig.untilEmpty();

    expect(rig.site.names).toEqual(["next"]);
  });

  it("for a site that is not configured any more is listed, and given up when somebody wants it so", async () => {
    const rig = await start();
    away(rig);
    for (const id of ["one", "two"]) await rig.submit(id);

    const next = await restart(rig, { forward: [] });
    const target = await targetOf(next);
    expect(target).toMatchObject({ url: "https://site.example.net", waiting: { count: 2 } });
    expect(target.from).toBeUndefined();
    expect(next.log.lines("Copies wait for a site that devinfo.forward does not name")).toMatchObject([{ waiting: 2 }]);
    expect(await next.forwards.discard(target.id)).toBe(2);
    await next.untilEmpty();

    expect(await next.keys()).toEqual([]);
    const last = await restart(next, { forward: [], start: 3 });
    expect(await last.forwards.list()).toEqual({ targets: [], dead: [] });
  });

  it("for a site that comes back into the configuration is sent", async () => {
    const rig = await start();
    away(rig);
    await rig.submit("one");
    const without = await restart(rig, { forward: [] });
    rig.site.fault = undefined;

    const again = await restart(without, { start: 3 });
    await again.untilEmpty();

    expect(rig.site.names).toEqual(["one"]);
  });

  it("of one repository is never overtaken by a later one of it, in whichever order batches reach the disk", async () => {
    const rig = await start();
    const { observer } = rig.forwards;
    const prepare = async (id: string) => {
      const request = { body: bodyOf(id), refused: [], unknownIssueKeys: [] };
      const echo = await observer.recorded?.(submission("ci", [submittedRepository(id)]), { at: 1, repositories: [] }, { request });
      return echo?.changes ?? [];
    };
    const write = async (changes: Awaited<ReturnType<typeof prepare>>) => {
      for (const change of changes)
        if (change.type === "put")
          await rig.database.put<string, string | Uint8Array>(
            change.key,
            change.value,
            typeof change.value === "string" ? {} : { valueEncoding: "view" },
          );
      observer.stored?.();
    };
    const early = await prepare("early");
    const other = await prepare("other");

    await write(other);
    await rig.until(() => rig.site.names.length === 1);
    await write(early);
    await write(await prepare("behind early"));
    await rig.until(() => rig.site.names.length === 3);

    expect(rig.site.names).toEqual(["other", "early", "behind early"]);
  });

  it("although its commit seemed to fail is found within a minute, or when the disk takes writes again", async () => {
    const rig = await start();
    await rig.submit("one");
    await rig.untilEmpty();
    const hidden = new ForwardsRig({ database: rig.database, start: 1, clock: rig.clock });

    await hidden.submit("found by itself");
    await rig.clock.advance(60_000);
    await rig.until(() => rig.site.names.length === 2);
    await hidden.submit("found at once");
    rig.forwards.catchUp();
    await rig.until(() => rig.site.names.length === 3);

    expect(rig.site.names).toEqual(["one", "found by itself", "found at once"]);
  });
});

describe("a disk that takes no writes", () => {
  it("makes nobody give up what waits: what was never stored takes none of its room", async () => {
    const rig = await start({ limits: { waiting: { count: 20, bytes: 1e9 }, dead: { count: 10, bytes: 1e9 } } });
    away(rig);
    for (let index = 1; index <= 3; index += 1) await rig.submit(`r${index}`);
    rig.storageError = new StorageError("full");
    for (let index = 0; index < 25; index += 1) await expect(rig.submit("lost")).rejects.toThrow("full");
    rig.storageError = undefined;

    await rig.submit("r4");
    await rig.until(async () => (await targetOf(rig)).waiting.count === 4, "what waits is counted anew");

    rig.site.fault = undefined;
    await rig.clock.advance(5 * 60_000);
    await rig.untilEmpty();
    expect(rig.site.names).toEqual(["r1", "r2", "r3", "r4"]);
  });

  it("does not make a site get everything again and again", async () => {
    const rig = await start();
    rig.site.fault = (call) => (call.includes("/devinfo/") ? { status: 500 } : undefined);
    await rig.delete("/repository/r");
    await rig.until(() => operations(rig).length === 1);
    rig.storageError = new StorageError("full");
    rig.site.fault = undefined;

    await rig.clock.advance(10 * 60_000);
    expect(rig.site.names).toEqual(["/repository/r"]);
    rig.storageError = undefined;
    await rig.clock.advance(1_000);
    await rig.untilEmpty();
    await settle();

    expect(rig.site.names).toEqual(["/repository/r"]);
  });
});

it("says what a site did not take of a copy that it took", async () => {
  const rig = await start();
  const failedDevinfoEntities = { r: { commits: [{ id: "c", errorMessages: [{ message: "bad" }] }] } };
  rig.site.fault = (call) => (call.includes("/bulk") ? { status: 202, body: { failedDevinfoEntities } } : undefined);

  await rig.submit("r");
  await rig.untilEmpty();

  const line = "A site did not take all of a copy of development information";
  expect(rig.log.lines(line)).toMatchObject([{ provider: "ci", repositories: 0, entities: 1, reasons: ["bad"] }]);
  expect(rig.log.text()).not.toContain("planted");
});
