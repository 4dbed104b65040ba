import { describe, expect, it } from "vitest";
import { basic, CallersRig, cheapHash } from "../../test/support/callers-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { PermissionError } from "../core/errors.js";
import { Secret } from "../shared/secret.js";
import type { Callers } from "./callers.js";
import type { ConfiguredToken } from "./configured-tokens.js";

const unauthorized = { code: "HS_BAD_TOKEN", message: "Unauthorized" };
const scope = "provisioning";
const minuteMs = 60_000;

function token(name: string, value: string, more: Partial<ConfiguredToken> = {}): ConfiguredToken {
  return { name, token: new Secret(value), scopes: [scope], remedy: "", ...more };
}

/** The refusal; no other error is one. */
async function refusal(callers: Callers, authorization: string | undefined, asked = scope): Promise<PermissionError> {
  const outcome: unknown = await callers.authenticate(authorization, asked).catch((error: unknown) => error);
  return outcome instanceof PermissionError ? outcome : expect.fail(`not refused: ${JSON.stringify(outcome)}`);
}

describe("callers of the configuration", () => {
  it("are known by their tokens, and by Hookshot's secret", async () => {
    const callers = new CallersRig().callers(
      { tokens: [token("dimension", "dimension-token"), token("ci", "ci-token")] },
      { provisioningSecret: new Secret("hookshots-secret") },
    );

    expect(await callers.authenticate("Bearer dimension-token", scope)).toEqual({ name: "dimension", kind: "token" });
    expect(await callers.authenticate("Bearer ci-token", scope)).toEqual({ name: "ci", kind: "token" });
    expect(await callers.authenticate("Bearer hookshots-secret", scope)).toEqual({ name: "provisioning.secret", kind: "token" });
  });

  it.each(["bearer right", "BEARER right", "Bearer   right  "])("may write the scheme as they like: %j", async (authorization) => {
    const callers = new CallersRig().callers({ tokens: [token("ci", "right")] });

    expect(await callers.authenticate(authorization, scope)).toMatchObject({ name: "ci" });
  });

  it.each([
    undefined,
    "",
    "right",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "Bearer righ",
    "Bearer right2",
    "Bearer right right",
    "Bearer RIGHT",
    "Token right",
    "Basic right",
    "Basic ",
    basic("ci", "right"),
  ])("are not known by %j", async (authorization) => {
    const callers = new CallersRig().callers({ tokens: [token("ci", "right")] });

    expect(await refusal(callers, authorization)).toMatchObject(unauthorized);
  });

  it("are told which scope their token lacks, and how it gets it", async () => {
    const callers = new CallersRig().callers({ tokens: [token("ci", "right", { scopes: ["devinfo"] })] });

    const { code, message } = await refusal(callers, "Bearer right");

    expect([code, message]).toEqual([
      "HS_FORBIDDEN_USER",
      "The token ci lacks the scope provisioning. Add it to its scopes in api.tokens.",
    ]);
  });

  it("open with Hookshot's secret the provisioning API alone", async () => {
    const callers = new CallersRig().callers({}, { provisioningSecret: new Secret("right") });

    expect(await refusal(callers, "Bearer right", "devinfo")).toMatchObject({ code: "HS_FORBIDDEN_USER" });
  });

  it("have all that their names have where one token has two", async () => {
    const callers = new CallersRig().callers({ tokens: [token("ci", "right", { scopes: ["devinfo"] }), token("manager", "right")] });

    expect(await callers.authenticate("Bearer right", scope)).toMatchObject({ name: "manager" });
    expect(await callers.authenticate("Bearer right", "devinfo")).toMatchObject({ name: "ci" });
  });

  it.each([
    { title: "one limit", limits: [["connector/a"]], targets: ["connector/a"] },
    { title: "two limits", limits: [["connector/a"], ["ticketing/*"]], targets: ["connector/a", "ticketing/*"] },
    { title: "a limit and none", limits: [["connector/a"], undefined], targets: undefined },
  ])("are limited to remotes as their names together are: $title", async ({ limits, targets }) => {
    const tokens = limits.map((limit, index) => token(`n${index}`, "right", limit === undefined ? {} : { targets: limit }));
    const other = token("other", "right", { scopes: ["devinfo"] });
    const callers = new CallersRig().callers({ tokens: [other, ...tokens] });

    expect((await callers.authenticateToken("right", [scope])).targets).toEqual(targets);
  });

  it("are refused from the moment on that their token ends", async () => {
    const rig = new CallersRig();
    const callers = rig.callers({ tokens: [token("ci", "right", { expiresAt: rig.clock.now() + 1000 })] });
    await rig.clock.advance(999);
    expect(await callers.authenticate("Bearer right", scope)).toMatchObject({ name: "ci" });

    await rig.clock.advance(1);

    expect(await refusal(callers, "Bearer right")).toMatchObject(unauthorized);
  });
});

describe("administrators", () => {
  const admins = [
    { name: "ada", password: new Secret("plain: pässword") },
    { name: "bob", passwordHash: new Secret(cheapHash("hashed: pässword")) },
  ];

  it("may call every API with name and password", async () => {
    const callers = new CallersRig().callers({ admins });

    expect(await callers.authenticate(basic("ada", "plain: pässword"), "anything")).toEqual({ name: "ada", kind: "admin" });
    expect(await callers.authenticate(basic("bob", "hashed: pässword"), scope)).toEqual({ name: "bob", kind: "admin" });
    expect(await callers.authenticate(basic("bob", "hashed: pässword").replace("Basic", "BASIC"), scope)).toMatchObject({ name: "bob" });
  });

  it.each([
    { title: "a wrong password", authorization: basic("ada", "wrong") },
    { title: "a wrong password to a hash", authorization: basic("bob", "wrong") },
    { title: "another's password", authorization: basic("ada", "hashed: pässword") },
    { title: "the hash itself", authorization: basic("bob", cheapHash("hashed: pässword")) },
    { title: "no password", authorization: basic("ada", "") },
    { title: "a name that nobody has", authorization: basic("eve", "plain: pässword") },
    { title: "no name", authorization: basic("", "plain: pässword") },
    { title: "no colon", authorization: `Basic ${Buffer.from("ada").toString("base64")}` },
    { title: "no base64", authorization: "Basic ada:plain" },
    { title: "bytes that are no text", authorization: `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString("base64")}` },
    { title: "the password as a token", authorization: "Bearer plain" },
  ])("are not known by $title", async ({ authorization }) => {
    expect(await refusal(new CallersRig().callers({ admins }), authorization)).toMatchObject(unauthorized);
  });
});

describe("tokens that were made while it ran", () => {
  it("are known, at once and after a restart", async () => {
    const rig = new CallersRig();
    const before = rig.callers();
    const { token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });

    expect(await before.authenticate(`Bearer ${made}`, scope)).toEqual({ name: "ci", kind: "token" });
    expect(await rig.callers().authenticate(`bearer ${made}`, scope)).toEqual({ name: "ci", kind: "token" });
  });

  it("are refused once they are revoked", async () => {
    const rig = new CallersRig();
    const callers = rig.callers();
    const { id, token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });
    await callers.authenticate(`Bearer ${made}`, scope);

    await rig.desk().revoke(id);

    expect(await refusal(callers, `Bearer ${made}`)).toMatchObject(unauthorized);
  });

  it("are refused from the moment on that they end", async () => {
    const rig = new CallersRig();
    const callers = rig.callers();
    const { token: made } = await rig.desk().create({ name: "ci", scopes: [scope], expiresAt: rig.clock.now() + 1000 });
    await rig.clock.advance(999);
    expect(await callers.authenticate(`Bearer ${made}`, scope)).toMatchObject({ name: "ci" });

    await rig.clock.advance(1);

    expect(await refusal(callers, `Bearer ${made}`)).toMatchObject(unauthorized);
  });

  it("are told which scope they lack, and how to get it", async () => {
    const rig = new CallersRig();
    const { token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });

    const { code, message } = await refusal(rig.callers(), `Bearer ${made}`, "devinfo");

    expect([code, message]).toEqual([
      "HS_FORBIDDEN_USER",
      "The token ci lacks the scope devinfo. Make another with `switchboard token create --scope devinfo`.",
    ]);
  });

  it("take the same way whether the id is unknown or the secret wrong", async () => {
    const rig = new CallersRig();
    const asked: string[] = [];
    const store = { ...rig.store, get: (id: string) => (asked.push(id), rig.store.get(id)) };
    const callers = rig.callers({}, { store });
    const { id, token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });
    const unknownId = made.replace(id, "0".repeat(id.length));
    const wrongSecret = `${made.slice(0, -1)}${made.endsWith("a") ? "b" : "a"}`;

    const refusals = [await refusal(callers, `Bearer ${unknownId}`), await refusal(callers, `Bearer ${wrongSecret}`)];

    expect(refusals.map(({ code, message }) => ({ code, message }))).toEqual([unauthorized, unauthorized]);
    expect(asked).toEqual(["0".repeat(id.length), id]);
  });

  it("cannot be made up for an id that there is not", async () => {
    const rig = new CallersRig();

    // The hash that stands in for a missing one fits no secret that is known; an empty one least of all.
    expect(await refusal(rig.callers(), `Bearer sb_${"0".repeat(12)}_${"0".repeat(52)}`)).toMatchObject(unauthorized);
    expect(await refusal(rig.callers(), `Bearer sb_${"0".repeat(12)}_`)).toMatchObject(unauthorized);
  });

  it("note their last use, once a minute at most", async () => {
    const rig = new CallersRig();
    const callers = rig.callers();
    const { token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });
    const use = async (): Promise<void> => {
      await callers.authenticate(`Bearer ${made}`, scope);
      await settle();
    };
    const lastUse = async (): Promise<number | undefined> => (await rig.desk().list())[0]?.lastUsedAt;
    expect(await lastUse()).toBeUndefined();
    const firstUse = rig.clock.now();
    await use();
    await rig.clock.advance(minuteMs - 1);
    await use();
    expect([await lastUse(), rig.commits]).toEqual([firstUse, 2]);

    await rig.clock.advance(1);
    await use();

    expect([await lastUse(), rig.commits]).toEqual([firstUse + minuteMs, 3]);
  });

  it("are taken although their last use cannot be noted", async () => {
    const rig = new CallersRig();
    const { id, token: made } = await rig.desk().create({ name: "ci", scopes: [scope] });
    rig.isDiskFull = true;

    expect(await rig.callers().authenticate(`Bearer ${made}`, scope)).toMatchObject({ name: "ci" });
    await settle();
    expect(rig.logged.join()).toContain(id);
    expect(rig.logged.join()).not.toContain(made);
  });
});

describe("callers that send a token in a way of their own", () => {
  const scopes = ["things", "things:read"];

  it.each([
    { title: "both scopes", has: ["things:read", "things", "other"], given: ["things", "things:read"] },
    { title: "one of them", has: ["things:read"], given: ["things:read"] },
  ])("are told which of the scopes they have: $title", async ({ has, given }) => {
    const rig = new CallersRig();
    const callers = rig.callers({ tokens: [token("ci", "right", { scopes: has })] });

    expect(await callers.authenticateToken("right", scopes)).toEqual({ name: "ci", kind: "token", scopes: given });
  });

  it("may have been given their token while it ran", async () => {
    const rig = new CallersRig();
    const { token: made } = await rig.desk().create({ name: "made", scopes: ["connectors:read"] });

    const caller = await rig.callers().authenticateToken(made, ["connectors", "connectors:read"]);

    expect(caller).toEqual({ name: "made", kind: "token", scopes: ["connectors:read"] });
  });

  it("have what all their names have where one token has two", async () => {
    const tokens = [token("one", "right", { scopes: ["things"] }), token("two", "right", { scopes: ["things:read"] })];

    expect(await new CallersRig().callers({ tokens }).authenticateToken("right", scopes)).toMatchObject({ name: "one", scopes });
  });

  it.each([
    { sent: "right", code: "HS_FORBIDDEN_USER" },
    { sent: "wrong", code: "HS_BAD_TOKEN" },
    { sent: "", code: "HS_BAD_TOKEN" },
  ])("are refused without any of the scopes, and with no token: $sent", async ({ sent, code }) => {
    const callers = new CallersRig().callers({ tokens: [token("ci", "right", { scopes: ["other"] })] });

    await expect(callers.authenticateToken(sent, scopes)).rejects.toMatchObject({ code });
  });
});

describe("secrets of callers", () => {
  it("stand in no refusal, in no log line, and not in the store", async () => {
    const rig = new CallersRig();
    const planted = { token: "planted-token", secret: "planted-secret", password: "planted-password" };
    const { token: made } = await rig.desk().create({ name: "made", scopes: [scope] });
    const admins = [
      { name: "ada", password: new Secret(planted.password) },
      { name: "bob", passwordHash: new Secret(cheapHash(planted.password)) },
    ];
    const callers = rig.callers({ tokens: [token("ci", planted.token)], admins }, { provisioningSecret: new Secret(planted.secret) });

    const refusals = [];
    for (const sent of [planted.token, planted.secret, made]) {
      refusals.push(await refusal(callers, `Bearer ${sent}`, "devinfo"), await refusal(callers, `Bearer ${sent}x`));
    }
    for (let count = 0; count < 20; count += 1) refusals.push(await refusal(callers, basic("bob", `${planted.password}${count}`)));
    const told = refusals.map((error) => `${error.message} ${error.stack ?? ""} ${JSON.stringify(error.details)}`);
    const stored = await rig.database.iterator().all();

    for (const secret of [...Object.values(planted), made, made.split("_")[2] ?? ""]) {
      expect([...told, ...rig.logged, ...stored.flat()].join("\n")).not.toContain(secret);
    }
  });
});
