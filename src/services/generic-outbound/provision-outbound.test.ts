import { describe, expect, it } from "vitest";
import { createServiceContext, MemorySecrets, type TestContext } from "../../../test/support/service-context.js";
import { connectionId, type Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import type { Provisioned, ProvisionInput } from "../../core/provisioning.js";
import { createGenericOutboundService } from "./index.js";
import { outboundProvisioning } from "./provision-outbound.js";
import type { OutboundConfig } from "./schema.js";
import { keepToken, stateType } from "./tokens.js";

const roomId: RoomId = "!room:example.org";
const url = "https://hooks.example.org/in";
const tokenPattern = /^hs-ob-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const guarded: HttpClient = {
  request: () => Promise.reject(new TypeError("a request was made")),
  check(typed) {
    if (typed.includes("10.0.0.1"))
      throw new RemoteError("10.0.0.1 is not on the public internet; see `outbound.allow`.", { isFinal: true });
  },
};

function createContext(): TestContext<OutboundConfig> {
  return createServiceContext<OutboundConfig>({ outbound: true }, { guarded });
}

function connection(state: Readonly<Record<string, unknown>> = {}): Connection {
  return {
    ...{ id: connectionId(roomId, stateType, "archive"), roomId, serviceId: "generic-outbound", kindId: "outbound-hook" },
    ...{ eventType: stateType, stateKey: "archive", state: { name: "archive", url, method: "PUT", ...state }, eventId: "$state" },
    ...{ sender: "@alice:example.org", remoteKeys: [], status: { kind: "active" }, priority: -1 },
  };
}

async function provision(
  context: TestContext<OutboundConfig>,
  config: Readonly<Record<string, unknown>>,
  current?: Connection,
): Promise<Provisioned> {
  const input: ProvisionInput = {
    roomId,
    config,
    actor: "@alice:example.org",
    ...(current === undefined ? {} : { current }),
  };
  const provisioned = await outboundProvisioning.provision(input, context);
  await context.commit(provisioned.changes ?? []);
  return provisioned;
}

describe("an outbound webhook that a program sends", () => {
  it("is listed apart from inbound ones, which have the same type", () => {
    const [kind] = createGenericOutboundService().kinds;

    expect(kind?.provisioning).toMatchObject({ type: "Webhook", listedAs: "OutboundWebhook", service: "genericOutbound" });
  });

  it.each([
    { body: {}, mistake: "Outbound URL must be a string" },
    { body: { url: 1, name: 1 }, mistake: "Outbound URL must be a string" },
    { body: { url }, mistake: "A webhook name must be a string." },
    { body: { url: "ftp://example.org", name: "archive" }, mistake: "Outbound URL protocol must be http or https" },
    { body: { url: "nowhere", name: "archive" }, mistake: "Outbound URL is invalid" },
    { body: { url, name: "archive", method: "GET" }, mistake: "Outbound Method must be one of PUT,POST" },
  ])("is refused in Hookshot's words: $body", ({ body, mistake }) => {
    expect(() => outboundProvisioning.check?.(body)).toThrow(expect.objectContaining({ code: "HS_BAD_VALUE", message: mistake }));
  });

  it.each([
    { url, name: "archive" },
    { url, name: "archive", method: "POST", token: "x" },
  ])("is let through to the schema: %j", (body) => {
    expect(() => outboundProvisioning.check?.(body)).not.toThrow();
  });

  it("stands where the command would put it, with the keys that were sent and no others", async () => {
    const config = { name: "archive", url };

    expect((await provision(createContext(), config)).target).toEqual({
      ...{ kindId: "outbound-hook", stateKey: "archive", state: config, name: "archive" },
    });
  });

  it.each(["ab", "a".repeat(65)])("is not called %s, unless it was before", async (name) => {
    const context = createContext();

    await expect(provision(context, { name, url })).rejects.toThrow("A webhook name must be between 3-64 characters.");
    await expect(provision(context, { name, url }, connection({ name }))).resolves.toBeDefined();
  });

  it("is not sent to where nothing may be sent, and an address that stays is not judged again", async () => {
    const context = createContext();
    const config = { name: "archive", url: "http://10.0.0.1/" };

    await expect(provision(context, config)).rejects.toMatchObject({ code: "HS_BAD_VALUE", message: /outbound\.allow/ });
    await expect(provision(context, config, connection())).rejects.toThrow("outbound.allow");
    await expect(provision(context, { ...config, method: "POST" }, connection(config))).resolves.toBeDefined();
  });

  it("is not set up where no token can be kept", async () => {
    const context = { ...createContext(), secrets: Object.assign(new MemorySecrets(), { canKeep: false }) };

    await expect(provision(context, { name: "archive", url })).rejects.toMatchObject({ code: "HS_DISABLED_FEATURE" });
  });
});

describe("the token of an outbound webhook", () => {
  async function tokenOf(context: TestContext<OutboundConfig>): Promise<unknown> {
    return (await outboundProvisioning.secrets?.(connection(), undefined, context))?.["token"];
  }

  it("is made with it", async () => {
    const context = createContext();
    await provision(context, { name: "archive", url });

    expect([...context.secrets.entries.values()]).toEqual([await tokenOf(context)]);
    expect(await tokenOf(context)).toMatch(tokenPattern);
  });

  it("stays when it is set up again or changed", async () => {
    const context = createContext();
    await provision(context, { name: "archive", url });
    const token = await tokenOf(context);
    context.connections.list.push(connection());

    await provision(context, { name: "archive", url, method: "POST" });
    await provision(context, { name: "archive", url: `${url}/2` }, connection());

    expect(await tokenOf(context)).toBe(token);
  });

  it("is not that of an earlier webhook of the name, which has ended", async () => {
    const context = createContext();
    await context.commit(keepToken(connection(), "hs-ob-old", context));

    await provision(context, { name: "archive", url });

    expect(await tokenOf(context)).not.toBe("hs-ob-old");
  });

  it("is made when it is asked for, where somebody wrote the state by hand", async () => {
    const context = createContext();

    const token = await tokenOf(context);

    expect(token).toMatch(tokenPattern);
    expect(await tokenOf(context)).toBe(token);
  });
});
