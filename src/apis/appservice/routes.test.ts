import { afterEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { RemoteError, StorageError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { createLog } from "../../shared/log.js";
import { createMetrics, type Metrics } from "../../shared/metrics.js";
import { systemRandom } from "../../shared/random.js";
import { Secret } from "../../shared/secret.js";
import { matrixErrorBody } from "./errors.js";
import { createAppserviceRoutes, type AppserviceOptions } from "./routes.js";

const hsToken = "homeserver-token";
const authorization = `Bearer ${hsToken}`;
const message = {
  type: "m.room.message",
  event_id: "$one",
  room_id: "!room:example.org",
  sender: "@alice:example.org",
  origin_server_ts: 1_700_000_000_000,
  content: { msgtype: "m.text", body: "hello" },
};

const started: Listener[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

interface Setup {
  readonly taken: { readonly transactionId: string; readonly events: readonly MatrixEvent[] }[];
  readonly logLines: string[];
  readonly metrics: Metrics;
  readonly put: (body: string | object, path?: string, headers?: Readonly<Record<string, string>>) => Promise<Asked>;
  readonly port: number;
}

async function setUp(options: Partial<AppserviceOptions> = {}): Promise<Setup> {
  const taken: Setup["taken"] = [];
  const logLines: string[] = [];
  const metrics = createMetrics();
  const log = createLog({ level: "debug", json: true, colorize: false, timestampFormat: "" }, { write: (line) => logLines.push(line) });
  const routes = createAppserviceRoutes({
    hsToken: new Secret(hsToken),
    intake: {
      // Of one without events only the number counts.
      async take(transactionId, events) {
        if (events.length > 0) taken.push({ transactionId, events });
      },
    },
    isOurUser: (userId) => userId === "@bot:example.org",
    openRoom: async (alias) => alias === "#known:example.org",
    metrics,
    log,
    ...options,
  });
  const common = { bindAddress: "127.0.0.1", port: 0, clock: systemClock, random: systemRandom };
  const listener = createListener({ ...common, log, routes, errorBody: matrixErrorBody });
  started.push(listener);
  const { port } = await listener.start();
  return {
    taken,
    logLines,
    metrics,
    port,
    put: (body, path = "/_matrix/app/v1/transactions/1", headers = { authorization }) =>
      ask(port, path, { method: "PUT", headers, body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
}

describe("a transaction", () => {
  it.each([
    { form: "current path, header", path: "/_matrix/app/v1/transactions/7", headers: { authorization } },
    { form: "legacy path, query", path: `/transactions/7?access_token=${hsToken}`, headers: {} },
    { form: "an encoded id", path: "/_matrix/app/v1/transactions/%37", headers: { authorization } },
  ])("is taken and answered with {}: $form", async ({ path, headers }) => {
    const { put, taken } = await setUp();

    const answer = await put({ events: [message] }, path, headers);

    expect([answer.status, answer.headers["content-type"], answer.text]).toEqual([200, "application/json", "{}"]);
    expect(taken).toEqual([{ transactionId: "7", events: [message] }]);
  });

  it.each([
    { what: "no token", path: "/_matrix/app/v1/transactions/1", headers: {} },
    { what: "a wrong token", path: "/_matrix/app/v1/transactions/1", headers: { authorization: "Bearer guess" } },
    { what: "another scheme", path: "/_matrix/app/v1/transactions/1", headers: { authorization: `Basic ${hsToken}` } },
    { what: "an empty token", path: "/transactions/1?access_token=", headers: {} },
    {
      what: "a wrong header beside a right query",
      path: `/transactions/1?access_token=${hsToken}`,
      headers: { authorization: "Bearer guess" },
    },
  ])("with $what is refused with 401, and nothing is taken", async ({ path, headers }) => {
    const { put, taken, logLines } = await setUp();

    const answer = await put({ events: [message] }, path, headers);

    expect([answer.status, answer.json()]).toEqual([401, { errcode: "M_UNAUTHORIZED", error: expect.any(String) }]);
    expect(taken).toEqual([]);
    expect(logLines.join("")).not.toContain(hsToken);
  });

  it("keeps of an event what we know, in order", async () => {
    const { put, taken } = await setUp();
    const state = {
      ...message,
      event_id: "$two",
      type: "m.room.topic",
      state_key: "",
      unsigned: { age: 1 },
      user_id: "@alice:example.org",
      age: 1,
    };
    const redaction = { ...message, event_id: "$three", type: "m.room.redaction", redacts: "$one", unsigned: "garbage" };

    await put({ events: [state, redaction], ephemeral: [{ type: "m.typing" }], to_device: "x" });

    expect(taken[0]?.events).toEqual([
      { ...message, event_id: "$two", type: "m.room.topic", state_key: "", unsigned: { age: 1 } },
      { ...message, event_id: "$three", type: "m.room.redaction", redacts: "$one" },
    ]);
  });

  it.each([
    { garbage: "null", event: null },
    { garbage: "a number", event: 4 },
    { garbage: "a list", event: [message] },
    { garbage: "no type", event: { ...message, type: undefined } },
    { garbage: "an event id of another kind", event: { ...message, event_id: "one" } },
    { garbage: "a room id of another kind", event: { ...message, room_id: "#room:example.org" } },
    { garbage: "a sender that is no user id", event: { ...message, sender: "@alice" } },
    { garbage: "a time in words", event: { ...message, origin_server_ts: "now" } },
    { garbage: "content that is a list", event: { ...message, content: [] } },
    { garbage: "no content", event: { ...message, content: undefined } },
    { garbage: "a state key that is a number", event: { ...message, state_key: 1 } },
  ])("with $garbage among its events is answered 200; the others are taken, the loss is logged and counted", async ({ event }) => {
    const { put, taken, logLines, metrics } = await setUp();

    const answer = await put({ events: [event, message] });

    expect([answer.status, taken[0]?.events]).toEqual([200, [message]]);
    expect(logLines.filter((line) => line.includes('"warn"') && line.includes('"unreadable":[0]'))).toHaveLength(1);
    const { text } = await metrics.read();
    expect(text).toContain("switchboard_transactions_unreadable_total 1");
    expect(text).toContain("matrix_appservice_events 1");
  });

  it.each(["", "{", "null", "[]", "7", '"events"', '{"events":{}}', "{}", '{"__proto__":{"events":[]}}'])(
    "that cannot be read at all is answered 200, logged and counted: %s",
    async (body) => {
      const { put, taken, metrics } = await setUp();

      const answer = await put(body);

      expect([answer.status, answer.text, taken]).toEqual([200, "{}", []]);
      expect((await metrics.read()).text).toContain("switchboard_transactions_unreadable_total 1");
      expect((await put({ events: [message] })).status).toBe(200);
      expect(taken).toHaveLength(1);
    },
  );

  it("without events is answered without storing anything", async () => {
    const { put, taken, metrics } = await setUp();

    const answer = await put({ events: [] });

    expect([answer.status, taken]).toEqual([200, []]);
    expect((await metrics.read()).text).toContain("switchboard_transactions_unreadable_total 0");
  });

  it("carries no prototype in", async () => {
    const { put, taken } = await setUp();

    await put(`{"events":[${JSON.stringify(message).replace('"content":{', '"content":{"__proto__":{"isAdmin":true},')}]}`);

    expect(taken[0]?.events).toEqual([message]);
    expect(Object.keys(taken[0]?.events[0]?.content ?? {})).toEqual(["msgtype", "body"]);
  });

  it("that cannot be stored is answered 503, so that it comes again", async () => {
    const { put, logLines } = await setUp({ intake: { take: () => Promise.reject(new StorageError("The disk is full.")) } });

    const answer = await put({ events: [message] });

    expect([answer.status, answer.json()]).toEqual([503, { errcode: "M_UNKNOWN", error: expect.stringContaining("send it again") }]);
    expect(logLines.join("")).toContain("The disk is full.");
  });

  it("is answered only when it is stored", async () => {
    let store = (): void => undefined;
    const stored = new Promise<void>((resolve) => (store = resolve));
    let isAnswered = false;
    const { put, port } = await setUp({ intake: { take: () => stored } });

    const answer = put({ events: [message] }).then(() => (isAnswered = true));
    await ask(port, "/_matrix/app/v1/ping", { method: "POST", headers: { authorization } });

    expect(isAnswered).toBe(false);
    store();
    expect(await answer).toBe(true);
  });
});

describe("the homeserver's questions", () => {
  it.each([
    { question: "a ping", method: "POST", path: "/_matrix/app/v1/ping", status: 200, body: {} },
    { question: "a bot of ours", method: "GET", path: "/_matrix/app/v1/users/%40bot%3Aexample.org", status: 200, body: {} },
    { question: "a bot of ours, legacy", method: "GET", path: "/users/@bot:example.org", status: 200, body: {} },
    {
      question: "another user",
      method: "GET",
      path: "/_matrix/app/v1/users/@x:example.org",
      status: 404,
      body: { errcode: "M_NOT_FOUND" },
    },
    { question: "a room that we open", method: "GET", path: "/_matrix/app/v1/rooms/%23known%3Aexample.org", status: 200, body: {} },
    { question: "a room that we open, legacy", method: "GET", path: "/rooms/%23known%3Aexample.org", status: 200, body: {} },
    {
      question: "another room",
      method: "GET",
      path: "/_matrix/app/v1/rooms/%23r%3Aexample.org",
      status: 404,
      body: { errcode: "ROOM_DOES_NOT_EXIST" },
    },
    {
      question: "another room, legacy",
      method: "GET",
      path: "/rooms/%23r%3Aexample.org",
      status: 404,
      body: { errcode: "ROOM_DOES_NOT_EXIST" },
    },
    {
      question: "a protocol",
      method: "GET",
      path: "/_matrix/app/v1/thirdparty/protocol/jira",
      status: 404,
      body: { errcode: "M_UNRECOGNIZED" },
    },
    { question: "a wrong method", method: "GET", path: "/_matrix/app/v1/ping", status: 405, body: { errcode: "M_UNRECOGNIZED" } },
  ])("about $question are answered $status", async ({ method, path, status, body }) => {
    const { port } = await setUp();

    const answer = await ask(port, path, { method, headers: { authorization } });

    expect([answer.status, answer.json()]).toEqual([status, status === 200 ? body : expect.objectContaining(body)]);
  });

  it.each(["/_matrix/app/v1/users/@bot:example.org", "/rooms/%23known%3Aexample.org"])("need the token: %s", async (path) => {
    const opened: string[] = [];
    const { port } = await setUp({ openRoom: async (alias) => opened.push(alias) > 0 });

    expect((await ask(port, path)).status).toBe(401);
    expect(opened).toEqual([]);
  });

  it("about a room that cannot be opened just now is answered with a failure, so that nobody takes it for one that does not exist", async () => {
    const { port } = await setUp({ openRoom: () => Promise.reject(new RemoteError("The remote did not answer.")) });

    const answer = await ask(port, "/_matrix/app/v1/rooms/%23known%3Aexample.org", { headers: { authorization } });

    expect([answer.status, answer.json()]).toEqual([502, { errcode: "M_UNKNOWN", error: "The remote did not answer." }]);
  });
});
