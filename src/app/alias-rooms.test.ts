import { describe, expect, it } from "vitest";
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

function openerOf(services: readonly ActiveService[], namespaces: readonly RegExp[] = [/#code_.+:example\.org/]): OpenAliasRoom {
  return createAliasRooms({
    services,
    domain: "example.org",
    namespaces,
    isAsking: (alias) => alias.startsWith("#code_asked"),
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
});
