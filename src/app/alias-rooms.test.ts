import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.js";
import { createServiceContext } from "../../test/support/service-context.js";
import { RemoteError } from "../core/errors.js";
import type { ActiveService, ServiceAliases } from "../core/service.js";
import { silentLog } from "../shared/log.js";
import { createAliasRooms, type OpenAliasRoom } from "./alias-rooms.js";

type Create = ServiceAliases<unknown>["create"];

function serviceOf(id: string, owned: RegExp | undefined, create: Create = async () => true): ActiveService {
  const aliases = owned === undefined ? {} : { aliases: { owns: (localpart: string) => owned.test(localpart), create } };
  const service = { id, title: id, configKey: id, permissionName: id, configSchema: {}, kinds: [], ...aliases };
  return { service, context: createServiceContext({}) };
}

function openerOf(
  services: readonly ActiveService[],
  namespaces: readonly RegExp[] = [/#code_.+:example\.org/],
  clock = new ManualClock(),
): OpenAliasRoom {
  return createAliasRooms({
    services,
    domain: "example.org",
    namespaces,
    isAsking: (alias) => alias.startsWith("#code_asked"),
    clock,
    log: silentLog(),
  });
}

describe("an alias that somebody wants to join", () => {
  it("leads to the first service that opens a room for it, in the order of the list", async () => {
    const asked: string[] = [];
    const note =
      (id: string, opens: boolean): Create =>
      async (localpart) => {
        asked.push(`${id} ${localpart}`);
        return opens;
      };
    const open = openerOf([
      serviceOf("none", undefined),
      serviceOf("other", /^other/, note("other", true)),
      serviceOf("first", /^code_/, note("first", false)),
      serviceOf("second", /^code_/, note("second", true)),
      serviceOf("third", /^code_/, note("third", true)),
    ]);

    expect(await open("#code_a_b:example.org")).toBe(true);
    expect(asked).toEqual(["first code_a_b", "second code_a_b"]);
  });

  it.each([
    { what: "no service owns it", alias: "#code:example.org" },
    { what: "it is on another server", alias: "#code_a:evil.example" },
    { what: "our server's name only ends it", alias: "#code_a:x:example.org" },
    { what: "it is no alias", alias: "!code_a:example.org" },
    { what: "it has no name", alias: "#:example.org" },
    { what: "it is empty", alias: "" },
    { what: "it is us who ask the homeserver for it", alias: "#code_asked:example.org" },
    { what: "it is too long", alias: `#code_${"a".repeat(300)}:example.org` },
  ])("is nobody's where $what", async ({ alias }) => {
    const open = openerOf([serviceOf("code", /^code_/)], [/#.*/]);

    expect(await open(alias)).toBe(false);
  });

  it("is nobody's where the registration does not reserve it, and no service is asked", async () => {
    const asked: string[] = [];
    const open = openerOf([serviceOf("code", /./, async (localpart) => asked.push(localpart) > 0)]);

    expect([await open("#lobby:example.org"), asked]).toEqual([false, []]);
  });

  it("opens one room although two ask for it at once", async () => {
    let opened = 0;
    const open = openerOf([serviceOf("code", /^code_/, async () => (opened += 1) > 0)]);

    expect(await Promise.all([open("#code_a:example.org"), open("#code_a:example.org")])).toEqual([true, true]);
    expect(opened).toBe(1);
  });

  it("that a remote cannot tell of just now is a failure, unless another service opens it; the next try asks again", async () => {
    const away: Create = () => Promise.reject(new RemoteError("no answer came"));
    const alone = openerOf([serviceOf("code", /^code_/, away)]);
    const together = openerOf([serviceOf("code", /^code_/, away), serviceOf("more", /^code_/)]);

    await expect(alone("#code_a:example.org")).rejects.toThrow("no answer came");
    await expect(alone("#code_a:example.org")).rejects.toThrow("no answer came");
    expect(await together("#code_a:example.org")).toBe(true);
  });

  it("is looked up a few times a minute at most, however many strangers make up", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const open = openerOf([serviceOf("code", /^code_/, async () => (asked += 1) < 0)], undefined, clock);
    const ask = (times: number) =>
      Promise.allSettled(Array.from({ length: times }, (_, index) => open(`#code_${clock.now()}_${index}:example.org`)));

    const answers = await ask(1_000);
    expect(asked).toBe(20);
    expect(answers.at(-1)).toMatchObject({ status: "rejected", reason: { isTransient: true } });
    await clock.advance(60_000);
    await ask(1_000);

    expect(asked).toBe(32);
    expect(await open("#lobby:example.org")).toBe(false);
  });
});
