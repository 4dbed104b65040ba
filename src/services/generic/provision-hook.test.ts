import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookId, hookRoom } from "../../../test/support/hook-rig.js";
import { MemorySecrets } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { UserId } from "../../core/ids.js";
import type { Provisioned, Provisioning } from "../../core/provisioning.js";
import type { GenericConfig } from "./schema.js";

const hourMs = 3_600_000;
const person: UserId = "@person:example.org";
type Body = Readonly<Record<string, unknown>>;

function provisioningOf({ kind }: HookRig): Provisioning<GenericConfig> {
  if (kind.provisioning === undefined) throw new TypeError("programs can set hooks up");
  return kind.provisioning;
}

async function provision(rig: HookRig, config: Body, current?: Connection): Promise<Provisioned> {
  const input = { roomId: hookRoom, config, actor: person, ...(current === undefined ? {} : { current }) };
  const provisioned = await provisioningOf(rig).provision(input, rig.context);
  await rig.context.commit(provisioned.changes ?? []);
  return provisioned;
}

function inMs({ nowMs }: HookRig, ms: number): string {
  return new Date(nowMs + ms).toISOString();
}

describe("a hook that a program sends", () => {
  it.each([
    { body: {}, mistake: "Missing name" },
    { body: { name: "" }, mistake: "Missing name" },
    { body: { name: 3 }, mistake: "'name' must be a string between 3-64 characters long" },
    { body: { name: "ab" }, mistake: "'name' must be a string between 3-64 characters long" },
    { body: { name: "a".repeat(65) }, mistake: "'name' must be a string between 3-64 characters long" },
    // 64 characters, and 256 bytes: no state key holds that.
    { body: { name: "\u{1F514}".repeat(64) }, mistake: "'name' must be a string between 3-64 characters long" },
    { body: { name: "builds", waitForComplete: "yes" }, mistake: "'waitForComplete' must be a boolean" },
    { body: { name: "builds", transformationFunction: 1 }, mistake: "Transformation functions must be a string" },
    { body: { name: "builds", expirationDate: 1 }, mistake: "'expirationDate' must be a non-empty string" },
    { body: { name: "builds", expirationDate: "" }, mistake: "'expirationDate' must be a non-empty string" },
    { body: { name: "builds", expirationDate: "soon" }, mistake: "'expirationDate' must be a valid date" },
    { body: { name: "builds", includeHookBody: 1 }, mistake: "'includeHookBody' must be a boolean" },
  ])("is refused in Hookshot's words: $body", ({ body, mistake }) => {
    const { check } = provisioningOf(new HookRig());

    expect(() => check?.(body)).toThrow(expect.objectContaining({ code: "HS_BAD_VALUE", message: mistake }));
  });

  it.each([
    { name: "abc" },
    { name: "builds", waitForComplete: true, transformationFunction: "", expirationDate: "2026-01-03T00:00:00.000+0000" },
    { name: "builds", hookId: "1", priority: "high" },
  ])("is let through to the schema: %j", (body) => {
    const { check } = provisioningOf(new HookRig());

    expect(() => check?.(body)).not.toThrow();
  });

  it("stands where the command would put it, with the keys that were sent and no others", async () => {
    const config = { name: "builds", waitForComplete: true };

    const { target } = await provision(new HookRig(), config);

    expect(target).toEqual({ kindId: "hook", stateKey: "builds", state: config, name: "builds" });
  });

  it.each([undefined, hookConnection({ transformationFunction: "result = 1" })])(
    "has no function where the configuration allows none (%#)",
    async (current) => {
      const refused = provision(new HookRig(), { name: "builds", transformationFunction: "result = 1" }, current);

      await expect(refused).rejects.toMatchObject({ code: "HS_DISABLED_FEATURE", message: "Transformation functions are not allowed" });
    },
  );

  it("is refused with a function that does not compile, unless that is the one that stood there", async () => {
    const rig = new HookRig({ allowJsTransformationFunctions: true });
    rig.runner.mistakes.set("result =", "unexpected end of input");
    const config = { name: "builds", transformationFunction: "result =" };

    await expect(provision(rig, config)).rejects.toMatchObject({
      code: "HS_BAD_VALUE",
      message: "Could not compile transformation function: unexpected end of input",
    });
    await expect(provision(rig, config, hookConnection({ transformationFunction: "result = 1" }))).rejects.toThrow("Could not compile");
    await expect(provision(rig, config, hookConnection(config))).resolves.toMatchObject({ target: { state: config } });
    await expect(provision(rig, { ...config, transformationFunction: "result = 2" })).resolves.toBeDefined();
  });

  it.each([
    { title: "once it has little time left", hours: 73, current: undefined, notices: 1 },
    { title: "but for one that is made with as little", hours: 71, current: undefined, notices: 0 },
    { title: "but for a date that was chosen as near", hours: 71, current: hookConnection(), notices: 0 },
  ])("is announced as expiring $title", async ({ hours, current, notices }) => {
    const rig = new HookRig({ sendExpiryNotice: true });
    const config = { name: "builds", expirationDate: inMs(rig, hours * hourMs) };
    await provision(rig, config, current);
    rig.context.connections.list.push(hookConnection(config));

    rig.nowMs += 2 * hourMs;
    await rig.service.tasks?.[0]?.run(rig.context);

    expect(rig.context.emitted).toHaveLength(notices);
  });
});

it("is announced as expiring although the same is sent once more when it has little time left", async () => {
  const rig = new HookRig({ sendExpiryNotice: true });
  const config = { name: "builds", expirationDate: inMs(rig, 73 * hourMs) };
  await provision(rig, config);
  rig.context.connections.list.push(hookConnection(config));

  rig.nowMs += 2 * hourMs;
  await provision(rig, config);
  await rig.service.tasks?.[0]?.run(rig.context);

  expect(rig.context.emitted).toHaveLength(1);
});

describe("what a program is told of a hook", () => {
  const secrets = (rig: HookRig, connection: Connection, secretId: string | undefined = hookId): unknown =>
    provisioningOf(rig).secrets?.(connection, secretId, rig.context);

  it("is its address and its id", async () => {
    expect(await secrets(new HookRig(), hookConnection())).toEqual({ url: `https://hooks.example.org/webhook/${hookId}`, hookId });
  });

  it("is how much time it has left, and never less than none", async () => {
    const rig = new HookRig();

    expect(await secrets(rig, hookConnection({ expirationDate: inMs(rig, hourMs) }))).toMatchObject({ timeRemainingMs: hourMs });
    expect(await secrets(rig, hookConnection({ expirationDate: inMs(rig, -hourMs) }))).toMatchObject({ timeRemainingMs: 0 });
  });

  it("is nothing where its id is not known", async () => {
    const rig = new HookRig();

    expect(await provisioningOf(rig).secrets?.(hookConnection(), undefined, rig.context)).toBeUndefined();
  });

  it("is the secret that its requests are signed with, the same each time", async () => {
    const rig = new HookRig();
    const connection = hookConnection({ signature: {} });

    const first = await secrets(rig, connection);
    rig.nowMs += 24 * hourMs;

    expect(first).toMatchObject({ signingSecret: expect.stringMatching(/^whsec_.{40,}$/) as string });
    expect(await secrets(rig, connection)).toEqual(first);
  });

  it.each(["changed", "set up again"])("is another secret once it was %s so that requests do not have to be signed", async (how) => {
    const connection = hookConnection({ signature: {} });
    const rig = new HookRig({}, connection);
    const first = await secrets(rig, connection);

    await provision(rig, { name: "builds" }, how === "changed" ? connection : undefined);

    expect(rig.context.secrets.entries.size).toBe(0);
    expect(await secrets(rig, connection)).not.toEqual(first);
  });
});

it("asks for no signature that could not be checked", async () => {
  const rig = new HookRig();
  const context = { ...rig.context, secrets: Object.assign(new MemorySecrets(), { canKeep: false }) };
  const config = { name: "builds", signature: {} };

  const refused = provisioningOf(rig).provision({ roomId: hookRoom, config, actor: person }, context);

  await expect(refused).rejects.toMatchObject({ code: "HS_DISABLED_FEATURE" });
});
