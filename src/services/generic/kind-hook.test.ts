import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookRoom, jsonRequest, routingKey } from "../../../test/support/hook-rig.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { parseDuration } from "./limits.js";
import { configSchema, stateSchema } from "./schema.js";
import { hookUrl } from "./hook-id.js";

const { kind, context } = new HookRig();
const day = 24 * 3_600_000;
const now = Date.UTC(2026, 0, 1);
const inMs = (ms: number): string => new Date(now + ms).toISOString();

/** What is wrong with a state, as `!connections` shows it; undefined: nothing. */
function problemOf(state: Readonly<Record<string, unknown>>): string | undefined {
  const validated = compileSchema<Readonly<Record<string, unknown>>>(stateSchema, { removeAdditional: true })(structuredClone(state));
  if (!validated.ok) return describeProblems(validated.problems);
  try {
    kind.resourceKey(validated.value, "builds");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a hook's state", () => {
  it.each([
    { state: {}, problem: "Missing name" },
    { state: { name: 3 }, problem: "'name' must be a string between 3-64 characters long" },
    { state: { name: "ab" }, problem: "'name' must be a string between 3-64 characters long" },
    { state: { name: "a".repeat(65) }, problem: "'name' must be a string between 3-64 characters long" },
    { state: { name: "builds", expirationDate: "" }, problem: "'expirationDate' must be a non-empty string" },
    { state: { name: "builds", expirationDate: 5 }, problem: "'expirationDate' must be a non-empty string" },
    { state: { name: "builds", expirationDate: "tomorrow" }, problem: "'expirationDate' must be a valid date" },
    { state: { name: "builds", expirationDate: "2026-01-01T00:00:00.000+00:00" }, problem: "'expirationDate' must be a valid date" },
    { state: { name: "builds", expirationDate: "2026-01-01T00:00:00Z" }, problem: "'expirationDate' must be a valid date" },
    { state: { name: "builds", expirationDate: "2026-02-30T00:00:00.000Z" }, problem: "'expirationDate' must be a valid date" },
    { state: { name: "builds", waitForComplete: "yes" }, problem: "'waitForComplete' must be true or false" },
    { state: { name: "builds", format: "teams" }, problem: "'format' must be one of slack, discord, alertmanager" },
    { state: { name: "builds", signature: true }, problem: "'signature' must be an object with `header` and `prefix`, or an empty one" },
    { state: { name: "builds", templateHtml: "x" }, problem: "'templateHtml' needs 'template' beside it" },
    {
      state: { name: "builds", template: "x", transformationFunction: "result = 1" },
      problem: "only one of 'template' and 'transformationFunction' can be given",
    },
  ])("$state is refused: $problem", ({ state, problem }) => {
    expect(problemOf(state)).toBe(problem);
  });

  it.each([
    { name: "abc" },
    { name: "a".repeat(64), expirationDate: "2026-01-01T00:00:59.533Z" },
    { name: "builds", expirationDate: "2026-01-01T00:00:00.000+0000", waitForComplete: true, includeHookBody: false },
    { name: "builds", priority: 4, commandPrefix: "!x", whatever: {} },
    { name: "builds", format: "slack", signature: { header: "X-Signature", prefix: "" }, showUrlPreviews: false },
  ])("%j is taken", (state) => {
    expect(problemOf(state)).toBeUndefined();
  });

  it("loses what it does not know", () => {
    const state = { name: "builds", priority: 1, hookId: "secret" };

    compileSchema(stateSchema, { removeAdditional: true })(state);

    expect(state).toEqual({ name: "builds" });
  });
});

describe("a change of a hook", () => {
  const check = (state: object, before?: object, config: object = {}): (() => void) => {
    return () =>
      kind.checkChange?.({ name: "builds", ...state }, before && { name: "builds", ...before }, {
        ...context,
        config: { ...context.config, ...config },
      });
  };

  it.each([
    { state: { expirationDate: inMs(59 * 60_000) }, config: {}, mistake: "Expiration date must at least be a hour in the future" },
    { state: { expirationDate: inMs(-day) }, config: {}, mistake: "Expiration date must at least be a hour in the future" },
    {
      state: { expirationDate: inMs(31 * day) },
      config: { maxExpiryTime: "30d" },
      mistake: "Expiration date cannot exceed the configured max expiry time",
    },
    { state: {}, config: { requireExpiryTime: true }, mistake: "Expiration date must be set" },
    { state: { transformationFunction: "result = 1" }, config: {}, mistake: "Transformation functions are not allowed" },
    {
      state: { template: "{% if x %}" },
      config: {},
      mistake: "'template' is no Liquid template: tag {% if x %} not closed, line:1, col:1",
    },
    {
      state: { template: "x", templateHtml: "{% include 'x' %}" },
      config: {},
      mistake: `'templateHtml' is no Liquid template: tag "include" not found, line:1, col:1`,
    },
  ])("to $state is refused with $config: $mistake", ({ state, config, mistake }) => {
    expect(check(state, undefined, config)).toThrow(mistake);
    expect(check(state, { expirationDate: inMs(40 * day) }, config)).toThrow(mistake);
  });

  it.each([
    { state: { expirationDate: inMs(day) }, config: { requireExpiryTime: true, maxExpiryTime: "30d" } },
    { state: { expirationDate: inMs(30 * day) }, config: { maxExpiryTime: "30d" } },
    { state: { transformationFunction: "result = 1" }, config: { allowJsTransformationFunctions: true } },
  ])("to $state is taken with $config", ({ state, config }) => {
    expect(check(state, undefined, config)).not.toThrow();
  });

  it("does not judge a date that stays, nor one that was never asked for", () => {
    const soon = { expirationDate: inMs(60_000) };

    expect(check({ ...soon, includeHookBody: false }, soon)).not.toThrow();
    expect(check({ includeHookBody: false }, {}, { requireExpiryTime: true })).not.toThrow();
    expect(check({}, soon, { requireExpiryTime: true })).toThrow("Expiration date must be set");
  });
});

describe("a hook", () => {
  it("is known by its name and by its state key", () => {
    const asks = (typed: string): boolean => kind.isNamed({ name: "builds" }, "key", typed, undefined, context);

    expect(["builds", "key", "Builds", "x"].map(asks)).toEqual([true, true, false, false]);
    expect(kind.describe({ name: "builds" }, "key")).toEqual({ name: "builds" });
    expect(kind.describe({}, "key")).toEqual({ name: "key" });
  });

  it("has an id that nobody can guess, and a key from which nobody can tell it", () => {
    const ids = Array.from({ length: 20 }, () => kind.secretIds?.create(context.random) ?? "");

    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(20);
    expect(kind.secretIds?.routingKey(ids[0]!)).toMatch(/^hook:[\w-]{43}$/);
    expect(kind.secretIds?.accountDataType).toBe("uk.half-shot.matrix-hookshot.generic.hook");
  });

  it.each([
    { prefix: "https://example.org/webhook/", url: "https://example.org/webhook/abc" },
    { prefix: "http://localhost:9500/customprefix/webhook", url: "http://localhost:9500/customprefix/webhook/abc" },
  ])("has its address below $prefix", ({ prefix, url }) => {
    expect(hookUrl({ urlPrefix: prefix }, "abc")).toBe(url);
  });

  it.each([
    { expirationDate: undefined, note: undefined },
    { expirationDate: inMs(day), note: "expires on 2026-01-02 00:00 UTC" },
    { expirationDate: inMs(0), note: "expired on 2026-01-01 00:00 UTC" },
  ])("says until when it takes requests: $note", ({ expirationDate, note }) => {
    const state = { name: "builds", ...(expirationDate === undefined ? {} : { expirationDate }) };

    expect(kind.note?.(state, now, context)).toBe(note);
  });

  it("judges a request by when it came, whenever it is worded", async () => {
    const rig = new HookRig({}, hookConnection({ expirationDate: inMs(1) }));
    const [event] = (await rig.receive(jsonRequest({ text: "x" }))).events;
    rig.nowMs += day;

    expect(await rig.render(event!)).toMatchObject({ kind: "messages" });
    expect(await rig.post(jsonRequest({ text: "x" }))).toMatchObject({ kind: "ignored" });
  });

  it("posts to every room that has its id", async () => {
    const other = hookConnection({ name: "other" }, { isStatic: true, roomId: "!other:example.org" });
    const rig = new HookRig({}, hookConnection(), other);
    const [event] = (await rig.receive(jsonRequest({ text: "x" }))).events;

    expect(rig.context.connections.byRemoteKey(event!.routingKeys[0]!).map(({ roomId }) => roomId)).toEqual([
      hookRoom,
      "!other:example.org",
    ]);
    for (const connection of rig.context.connections.list) expect(await rig.render(event!, connection)).toMatchObject({ kind: "messages" });
    expect(event!.routingKeys).toEqual([routingKey]);
  });
});

describe("the section of the configuration", () => {
  const read = compileSchema<Readonly<Record<string, unknown>>>(configSchema);
  const urlPrefix = "https://example.org/webhook/";

  it("has Hookshot's defaults", () => {
    expect(read({ urlPrefix })).toEqual({
      ok: true,
      value: {
        urlPrefix,
        enabled: true,
        outbound: false,
        allowJsTransformationFunctions: false,
        waitForComplete: false,
        enableHttpGet: false,
        sendExpiryNotice: false,
        requireExpiryTime: false,
        includeHookBody: true,
        payloadSizeLimit: "1mb",
      },
    });
  });

  it.each([
    { key: "payloadSizeLimit", value: "10MB", isRight: true },
    { key: "payloadSizeLimit", value: "1.5kb", isRight: true },
    { key: "payloadSizeLimit", value: 5_000, isRight: true },
    { key: "payloadSizeLimit", value: 0, isRight: false },
    { key: "payloadSizeLimit", value: 1.5, isRight: false },
    { key: "payloadSizeLimit", value: "10 mb", isRight: false },
    { key: "payloadSizeLimit", value: "lots", isRight: false },
    { key: "maxExpiryTime", value: "30d", isRight: true },
    { key: "maxExpiryTime", value: "1w 2 days", isRight: true },
    { key: "maxExpiryTime", value: "5 bananas", isRight: false },
    { key: "maxExpiryTime", value: "30", isRight: false },
  ])("takes $value for $key: $isRight", ({ key, value, isRight }) => {
    const validated = read({ urlPrefix, [key]: value });

    expect(validated.ok).toBe(isRight);
    if (!validated.ok) expect(describeProblems(validated.problems)).toMatch(new RegExp(`^generic\\.${key} must be [^.]*`));
  });

  it.each([undefined, "", "example.org", "ftp://example.org"])("asks for an address, which %j is not", (value) => {
    expect(read(value === undefined ? {} : { urlPrefix: value }).ok).toBe(false);
  });
});

describe("a duration", () => {
  it.each([
    { text: "30d", ms: 30 * day },
    { text: "2h", ms: 7_200_000 },
    { text: "1w", ms: 7 * day },
    { text: "1.5h", ms: 5_400_000 },
    { text: "60000", ms: 60_000 },
    { text: "0", ms: undefined },
    { text: "soon", ms: undefined },
    { text: "1e400y", ms: undefined },
  ])("$text is $ms milliseconds", ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
