import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ask, askRaw } from "../../test/support/ask.js";
import { ConfigError, NotFoundError, PermissionError, RemoteError, StorageError, SwitchboardError } from "../core/errors.js";
import { systemClock } from "../shared/clock.js";
import { createLog, silentLog } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { parseJson } from "./json.js";
import { createListener, type Listener, type ListenerOptions } from "./listener.js";
import type { Request, RequestHead, Route } from "./route.js";

const started: Listener[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

async function serve(routes: readonly Route[], options: Partial<ListenerOptions> = {}): Promise<number> {
  const listener = createListener({
    bindAddress: "127.0.0.1",
    port: 0,
    log: silentLog(),
    clock: systemClock,
    random: systemRandom,
    ...options,
    routes,
  });
  started.push(listener);
  return (await listener.start()).port;
}

function echo(request: Request): { status: number; body: object } {
  const { method, path, params, query, body } = request;
  return { status: 200, body: { method, path, params, query: Object.fromEntries(query), body: body.toString() } };
}

function logInto(lines: string[]): ReturnType<typeof createLog> {
  const options = { level: "debug", json: true, colorize: false, timestampFormat: "" } as const;
  return createLog(options, { write: (line) => lines.push(line) });
}

/** A promise and what settles it. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe.each([
  { road: "the short road", hot: true },
  { road: "Express", hot: false },
])("a route on $road", ({ hot }) => {
  const post = (handle: Route["handle"], more: Partial<Route> = {}): Route => ({
    method: "POST",
    path: "/things",
    hot,
    maxBodyBytes: 1000,
    handle,
    ...more,
  });

  it("hands the request to its handler and the result to the client", async () => {
    const port = await serve([post(echo)]);

    const answer = await ask(port, "/things?a=1&b=x%20y", { method: "POST", body: "hello" });

    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.headers["x-powered-by"]).toBeUndefined();
    expect(answer.json()).toEqual({ method: "POST", path: "/things", params: {}, query: { a: "1", b: "x y" }, body: "hello" });
  });

  it.each([
    { spelling: "as written", path: "/things" },
    { spelling: "with a trailing slash", path: "/things/" },
    { spelling: "in other letters", path: "/Things" },
    { spelling: "with an empty query", path: "/things?" },
    { spelling: "as a whole URL", path: "http://example.org/things" },
  ])("is found $spelling", async ({ path }) => {
    const port = await serve([post(() => ({ status: 200 }))]);

    expect((await ask(port, path, { method: "POST" })).status).toBe(200);
  });

  it.each([
    { raw: "7", value: "7" },
    { raw: "m1234.5~6", value: "m1234.5~6" },
    { raw: "a%2Fb%20c", value: "a/b c" },
    { raw: "7/", value: "7" },
    { raw: "__proto__", value: "__proto__" },
  ])("gives the parameter $raw as $value", async ({ raw, value }) => {
    const port = await serve([post(({ params }) => ({ status: 200, body: params["id"] ?? "" }), { path: "/things/:id" })]);

    const answer = await ask(port, `/things/${raw}`, { method: "POST" });

    expect([answer.status, answer.text]).toEqual([200, value]);
  });

  it("answers 400 when a percent sign encodes nothing", async () => {
    const port = await serve([post(echo, { path: "/things/:id" })]);

    const answer = await ask(port, "/things/%zz", { method: "POST" });

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "The path is not encoded well." }]);
  });

  it("stands below the listener's prefix, which its handler does not see", async () => {
    const port = await serve([post(echo), post(echo, { path: "/" })], { prefix: "hookshot/" });

    expect((await ask(port, "/hookshot/things", { method: "POST" })).json()).toMatchObject({ path: "/things" });
    expect((await ask(port, "/hookshot/", { method: "POST" })).json()).toMatchObject({ path: "/" });
    expect((await ask(port, "/hookshot", { method: "POST" })).json()).toMatchObject({ path: "/" });
    expect((await ask(port, "/things", { method: "POST" })).status).toBe(404);
  });

  it("answers 405 with the methods that it takes", async () => {
    const port = await serve([post(echo), post(echo, { method: "PUT" })]);

    const answer = await ask(port, "/things", { method: "DELETE" });

    expect([answer.status, answer.headers.allow]).toEqual([405, "POST, PUT, OPTIONS"]);
    expect(answer.json()).toEqual({ errcode: "HS_METHOD_NOT_ALLOWED", error: "The route takes POST, PUT, OPTIONS." });
  });

  it("answers OPTIONS with the methods that it takes, and HEAD like GET without the body", async () => {
    const port = await serve([post(() => ({ status: 200, body: "text" }), { method: "GET" })]);

    const options = await ask(port, "/things", { method: "OPTIONS" });
    const head = await ask(port, "/things", { method: "HEAD" });

    expect([options.status, options.headers.allow, options.text]).toEqual([204, "GET, HEAD, OPTIONS", ""]);
    expect([head.status, head.headers["content-length"], head.text]).toEqual([200, "4", ""]);
  });

  it("takes a body of exactly its limit, in one piece or in chunks", async () => {
    const port = await serve([post(({ body }) => ({ status: 200, body: String(body.length) }))]);
    const body = "x".repeat(1000);

    const whole = await ask(port, "/things", { method: "POST", body });
    const chunked = await ask(port, "/things", { method: "POST", body, headers: { "transfer-encoding": "chunked" } });

    expect([whole.text, chunked.text]).toEqual(["1000", "1000"]);
  });

  it.each([
    { how: "says how long it is", headers: {} },
    { how: "comes in chunks", headers: { "transfer-encoding": "chunked" } },
  ])("answers 413 when the body $how", async ({ headers }) => {
    const port = await serve([post(echo)]);

    const answer = await ask(port, "/things", { method: "POST", body: "x".repeat(8_000_000), headers });

    expect([answer.status, answer.headers.connection]).toEqual([413, "close"]);
    expect(answer.json()).toEqual({ errcode: "HS_TOO_LARGE", error: "The body is larger than the 1000 bytes that this route takes." });
  });

  it("lets a client that sends everything before it reads still see the 413", async () => {
    const port = await serve([post(echo)]);
    const length = 8_000_000;

    const text = await askRaw(port, `POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${"x".repeat(length)}`);

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"errcode":"HS_TOO_LARGE"');
  });

  it("stops reading a body that never ends", async () => {
    const port = await serve([post(echo)]);
    const chunk = `8000\r\n${"x".repeat(0x8000)}\r\n`;

    const outcome = await new Promise<string>((resolve) => {
      let text = "";
      const socket: Socket = connect(port, "127.0.0.1", () => {
        socket.write("POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
        const pour = (): void => {
          while (!socket.destroyed && socket.writable && socket.write(chunk));
          if (!socket.destroyed) socket.once("drain", pour);
        };
        pour();
      });
      socket.on("data", (data: Buffer) => (text += data.toString()));
      socket.on("error", () => undefined).on("close", () => resolve(text));
    });

    expect(outcome).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("answers 415 for a type it does not take, and takes its own, its relatives and none", async () => {
    const port = await serve([post(() => ({ status: 200 }), { accepts: ["application/json"] })]);
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await ask(port, "/things", { method: "POST", body: "{}", headers })).status;

    expect(await statusOf({ "content-type": "text/csv" })).toBe(415);
    expect(await statusOf({ "content-type": "Application/JSON; charset=utf-8" })).toBe(200);
    expect(await statusOf({ "content-type": "application/vnd.api+json" })).toBe(200);
    expect(await statusOf({})).toBe(200);
  });

  it("checks access before it reads the body", async () => {
    const access = (): void => {
      throw new PermissionError("No token.", "HS_BAD_TOKEN");
    };
    const port = await serve([post(echo, { access })]);

    // The announced body never comes: only an answer that does not wait for it can end this.
    const body = '{"errcode":"HS_BAD_TOKEN","error":"No token."}';
    const text = await askRaw(port, "POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\nxxx", body);

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("drops a body where the route takes none", async () => {
    const port = await serve([{ ...row("/things"), hot }]);

    const answer = await ask(port, "/things", { body: "ignored", headers: { "content-length": "7" } });

    expect([answer.status, answer.json()]).toEqual([200, { method: "GET", path: "/things", params: {}, query: {}, body: "" }]);
  });

  it.each([
    { error: new SwitchboardError("HS_CONFLICTING_CONNECTION", "There is one."), status: 409, errcode: "HS_CONFLICTING_CONNECTION" },
    { error: new SwitchboardError("HS_UNAVAILABLE", "Later."), status: 503, errcode: "HS_UNAVAILABLE" },
    { error: new RemoteError("Jira is away."), status: 502, errcode: "HS_REMOTE_ERROR" },
  ])("answers $errcode with $status and the error's sentence", async ({ error, status, errcode }) => {
    const port = await serve([post(() => Promise.reject(error))]);

    const answer = await ask(port, "/things", { method: "POST" });

    expect([answer.status, answer.json()]).toEqual([status, { errcode, error: error.message }]);
  });

  it.each([
    { kind: "a mistake of ours", thrown: new TypeError("inner detail") },
    { kind: "an error about our files", thrown: new StorageError("inner detail") },
  ])("answers 500 with nothing but an id that is in the log, for $kind", async ({ thrown }) => {
    const lines: string[] = [];
    const handle = (): Promise<never> => Promise.reject(thrown);
    const port = await serve([post(handle)], { log: logInto(lines) });

    const answer = await ask(port, "/things", { method: "POST" });

    const body = answer.json() as { readonly id: string };
    expect([answer.status, body]).toEqual([500, { errcode: "HS_UNKNOWN", error: "An internal error occurred", id: body.id }]);
    expect(lines.filter((line) => line.includes(body.id))).toHaveLength(1);
  });

  it("shapes its own refusals as it wants", async () => {
    const errorBody: Route["errorBody"] = ({ status, message }) => ({ status: status === 405 ? 400 : status, body: { problem: message } });
    const port = await serve([post(({ body }) => ({ status: 200, body: [parseJson(body)] }), { errorBody })]);

    const badJson = await ask(port, "/things", { method: "POST", body: "{" });
    const wrongMethod = await ask(port, "/things", { method: "PATCH" });

    expect([badJson.status, badJson.json()]).toEqual([400, { problem: "The body is not JSON." }]);
    expect([wrongMethod.status, wrongMethod.json()]).toEqual([400, { problem: "The route takes POST, OPTIONS." }]);
  });

  it("may give the whole answer to a refusal, and headers for every answer", async () => {
    const handle: Route["handle"] = ({ body }) => {
      if (body.toString() === "mistake") throw new TypeError("inner detail");
      if (body.toString() !== "") throw new NotFoundError("None.");
      return { status: 200, headers: { "x-frame-options": "SAMEORIGIN" }, body: "there" };
    };
    const refuse: Route["refuse"] = ({ code, message }, { method, path }) => {
      return code === "HS_NOTFOUND" ? { status: 410, body: `${method} ${path}: ${message}` } : undefined;
    };
    const answerHeaders = { "x-frame-options": "DENY", "x-all": "1" };
    const port = await serve([post(handle, { refuse, answerHeaders })], { prefix: "/pre" });
    const asked = async (method: string, body: string): Promise<unknown> => {
      const { status, text, headers } = await ask(port, "/pre/things", { method, body });
      return [status, text.slice(0, 30), headers["x-frame-options"], headers["x-all"]];
    };

    expect(await asked("POST", "")).toEqual([200, "there", "SAMEORIGIN", "1"]);
    expect(await asked("POST", "x")).toEqual([410, "POST /things: None.", "DENY", "1"]);
    expect(await asked("POST", "x".repeat(2000))).toEqual([413, '{"errcode":"HS_TOO_LARGE","err', "DENY", "1"]);
    expect(await asked("POST", "mistake")).toEqual([500, '{"errcode":"HS_UNKNOWN","error', "DENY", "1"]);
    expect(await asked("PUT", "")).toEqual([405, '{"errcode":"HS_METHOD_NOT_ALLO', "DENY", "1"]);
    expect(await asked("OPTIONS", "")).toEqual([204, "", "DENY", "1"]);
  });

  it("is answered even when its own shape for refusals is mistaken", async () => {
    const refuse = (): never => {
      throw new TypeError("inner detail");
    };
    const port = await serve([post(() => Promise.reject(new NotFoundError("None.")), { refuse })]);

    const answer = await ask(port, "/things", { method: "POST" });

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "None." }]);
  });

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "for all methods takes %s as itself",
    async (method) => {
      const seen: string[] = [];
      const handle: Route["handle"] = (request) => {
        seen.push(`${request.method} ${request.params["id"] ?? ""}`);
        return { status: 200, body: "x" };
      };
      const port = await serve([post(handle, { method: "ALL", path: "/things/:id" })]);

      const answers = [await ask(port, "/things/7", { method }), await ask(port, "/things/a%20b/", { method })];

      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(answers[0]?.text).toBe(method === "HEAD" ? "" : "x");
      expect(seen).toEqual([`${method} 7`, `${method} a b`]);
    },
  );

  it("drops the body of a GET, which means nothing", async () => {
    const port = await serve([post(echo, { method: "ALL" })]);

    expect((await ask(port, "/things", { body: "ignored", headers: { "content-length": "7" } })).json()).toMatchObject({ body: "" });
  });

  it("survives clients that leave before and after their request is whole", async () => {
    const lines: string[] = [];
    const handling = gate();
    const left = gate();
    const slow = async (): Promise<{ status: number; body: string }> => {
      handling.open();
      await left.opened;
      return { status: 200, body: "too late" };
    };
    const port = await serve([post(slow), post(echo, { path: "/other" })], { log: logInto(lines) });

    const early = connect(port, "127.0.0.1", () =>
      early.write("POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", () => early.destroy()),
    );
    const late = connect(port, "127.0.0.1", () => late.write("POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"));
    await handling.opened;
    late.destroy();
    const meanwhile = await ask(port, "/other", { method: "POST" });
    left.open();

    expect(meanwhile.status).toBe(200);
    expect((await ask(port, "/other", { method: "POST" })).status).toBe(200);
    expect(lines).toEqual([]);
  });
});

describe("a listener", () => {
  it("answers 404 for a route that nobody has, in its own shape if it has one", async () => {
    const plain = await ask(await serve([]), "/nothing");
    const errorBody: ListenerOptions["errorBody"] = ({ status, code }) => ({ status, body: { [code]: true } });
    const shaped = await ask(await serve([], { errorBody }), "/nothing");

    expect([plain.status, plain.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "There is no such route." }]);
    expect([shaped.status, shaped.json()]).toEqual([404, { HS_NOTFOUND: true }]);
  });

  it("leaves a request to a later path that has its method", async () => {
    const port = await serve([
      { method: "GET", path: "/live", handle: () => ({ status: 200, body: "probe" }) },
      { method: "POST", path: "/:hookId", handle: ({ params }) => ({ status: 200, body: params["hookId"] ?? "" }) },
    ]);

    expect((await ask(port, "/live")).text).toBe("probe");
    expect((await ask(port, "/live", { method: "POST" })).text).toBe("live");
    expect((await ask(port, "/live", { method: "PUT" })).headers.allow).toBe("GET, HEAD, POST, OPTIONS");
  });

  it("gives a path with words to its own row before one with parameters, whatever their order", async () => {
    const answerWith = (body: string): Route["handle"] => {
      return ({ params }) => ({ status: 200, body: [body, ...Object.values(params)].join(" ") });
    };
    const port = await serve([
      { method: "ALL", path: "/:id", handle: answerWith("any") },
      { method: "ALL", path: "/:id/slack", handle: answerWith("slack") },
      { method: "POST", path: "/", hot: true, handle: answerWith("root") },
      { method: "ALL", path: "/hook/:id", hot: true, handle: answerWith("hook") },
      { method: "GET", path: "/live", handle: answerWith("probe") },
    ]);
    const asked = async (method: string, path: string): Promise<string | number> => {
      const { status, text } = await ask(port, path, { method });
      return status === 200 ? text : status;
    };

    expect(await asked("GET", "/live")).toBe("probe");
    expect(await asked("GET", "/Live/")).toBe("probe");
    // It is the probe's path, so no other row takes its other methods.
    expect([await asked("POST", "/live"), await asked("OPTIONS", "/live")]).toEqual([405, 204]);
    expect([await asked("POST", "/abc"), await asked("DELETE", "/abc/")]).toEqual(["any abc", "any abc"]);
    expect(await asked("POST", "/hook/slack")).toBe("hook slack");
    expect(await asked("POST", "/Hook/slack/")).toBe("hook slack");
    expect(await asked("POST", "/abc/slack")).toBe("slack abc");
    expect([await asked("POST", "/"), await asked("GET", "/"), await asked("GET", "/a/b/c")]).toEqual(["root", 405, 404]);
  });

  it.each([
    { body: "text", type: "text/plain; charset=utf-8", text: "text" },
    { body: Buffer.from("bytes"), type: "application/octet-stream", text: "bytes" },
    { body: { a: "ä" }, type: "application/json", text: '{"a":"ä"}' },
    { body: undefined, type: undefined, text: "" },
  ])("sends $type for what a handler gives", async ({ body, type, text }) => {
    const port = await serve([{ method: "GET", path: "/", handle: () => ({ status: 200, ...(body === undefined ? {} : { body }) }) }]);

    const answer = await ask(port, "/");

    expect([answer.headers["content-type"], answer.text, answer.headers["content-length"]]).toEqual([
      type,
      text,
      String(Buffer.byteLength(text)),
    ]);
  });

  it("lets a handler's headers go first", async () => {
    const port = await serve([
      { method: "GET", path: "/", handle: () => ({ status: 302, headers: { location: "/x", "content-type": "text/html" }, body: "" }) },
    ]);

    const { status, headers } = await ask(port, "/");

    expect([status, headers.location, headers["content-type"]]).toEqual([302, "/x", "text/html"]);
  });

  it("warns once a minute about a wrong token, and never says which it was", async () => {
    const lines: string[] = [];
    const access = (): void => {
      throw new PermissionError("Wrong token.", "HS_BAD_TOKEN");
    };
    const port = await serve([{ method: "GET", path: "/x", access, handle: echo }], { log: logInto(lines) });

    for (let round = 0; round < 3; round += 1) await ask(port, "/x?secret=hunter2", { headers: { authorization: "Bearer hunter2" } });

    expect(lines.filter((line) => line.includes('"warn"'))).toHaveLength(1);
    expect(lines.join("")).not.toContain("hunter2");
  });

  it("warns of failures by the status that the sender gets", async () => {
    const lines: string[] = [];
    const handle = (): never => {
      throw new SwitchboardError("HS_DISABLED_FEATURE", "It is off.");
    };
    const routes: readonly Route[] = [
      { method: "GET", path: "/plain", handle },
      { method: "GET", path: "/shaped", handle, errorBody: () => ({ status: 400, body: {} }) },
    ];
    const port = await serve(routes, { log: logInto(lines) });

    await ask(port, "/plain");
    await ask(port, "/shaped");

    expect(lines.filter((line) => line.includes('"warn"')).map((line) => line.includes("/plain"))).toEqual([true]);
  });

  it("ends a request whose headers or body come too slowly", async () => {
    const timeouts = { headersMs: 60, requestMs: 120, checkMs: 20 };
    const port = await serve([{ method: "POST", path: "/", hot: true, maxBodyBytes: 100, handle: echo }], { timeouts });

    const slowHeaders = await askRaw(port, "POST / HTTP/1.1\r\nhost: x\r\n");
    const slowBody = await askRaw(port, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nabc");

    expect([slowHeaders, slowBody]).toEqual([expect.stringMatching(/^HTTP\/1\.1 408 /), expect.stringMatching(/^HTTP\/1\.1 408 /)]);
  });

  it("lets requests end before it stops, and takes no new ones", async () => {
    const handling = gate();
    const finish = gate();
    const handle = async (): Promise<{ status: number; body: string }> => {
      handling.open();
      await finish.opened;
      return { status: 200, body: "done" };
    };
    const listener = createListener({
      bindAddress: "127.0.0.1",
      port: 0,
      routes: [{ method: "GET", path: "/", handle }],
      log: silentLog(),
      clock: systemClock,
      random: systemRandom,
    });
    const { port } = await listener.start();
    const silent = connect(port, "127.0.0.1");
    const answer = ask(port, "/", { headers: { connection: "keep-alive" } });
    await handling.opened;

    const stopped = listener.stop();
    await expect(ask(port, "/")).rejects.toThrow("ECONNREFUSED");
    finish.open();
    await stopped;

    expect(await answer).toMatchObject({ status: 200, text: "done", headers: { connection: "close" } });
    silent.destroy();
  });

  it("stops in spite of a request that does not end", async () => {
    const handling = gate();
    const handle = (): Promise<never> => {
      handling.open();
      return new Promise(() => undefined);
    };
    const listener = createListener({
      bindAddress: "127.0.0.1",
      port: 0,
      routes: [{ method: "GET", path: "/", handle }],
      log: silentLog(),
      clock: systemClock,
      random: systemRandom,
      timeouts: { stopMs: 50 },
    });
    const { port } = await listener.start();
    const answer = ask(port, "/");
    await handling.opened;

    await Promise.all([listener.stop(), expect(answer).rejects.toThrow()]);
  });

  it("says which key to change when its port is taken", async () => {
    const port = await serve([]);

    const second = serve([], { bindAddress: "127.0.0.1", port, configKey: "listeners.0.port" });

    await expect(second).rejects.toThrow(ConfigError);
    await expect(second).rejects.toThrow(`Cannot listen on 127.0.0.1:${port} (listeners.0.port): another program listens there already`);
  });

  it.each([
    { mistake: "two rows with one method and path", routes: [row("/a"), row("/a")] },
    { mistake: "a row for all methods beside another of its path", routes: [row("/a"), { ...row("/a"), method: "ALL" } as const] },
    { mistake: "a hot row with a parameter in its middle", routes: [{ ...row("/a/:b/c"), hot: true }] },
  ])("refuses $mistake", ({ routes }) => {
    const make = (): Listener =>
      createListener({ bindAddress: "127.0.0.1", port: 0, routes, log: silentLog(), clock: systemClock, random: systemRandom });

    expect(make).toThrow(TypeError);
  });
});

function row(path: string): Route {
  return { method: "GET", path, handle: echo };
}

describe("paths that nobody serves", () => {
  const speaking = (speaksBelow: string, name: string): Route => ({
    method: "GET",
    path: `${speaksBelow}/thing`,
    speaksBelow,
    handle: echo,
    refuse: ({ code }) => ({ status: code === "HS_NOTFOUND" ? 404 : 400, body: { name } }),
  });
  const routes = [speaking("/api", "api"), speaking("/api/v2", "v2")];

  it.each([
    { path: "/api", body: { name: "api" } },
    { path: "/api/none?a=1", body: { name: "api" } },
    { path: "/api/v2", body: { name: "v2" } },
    { path: "/api/v2/none", body: { name: "v2" } },
    { path: "/API/V2/none/", body: { name: "v2" } },
    { path: "/api/v22/none", body: { name: "api" } },
    { path: "/apis", body: { errcode: "HS_NOTFOUND", error: "There is no such route." } },
    { path: "/", body: { errcode: "HS_NOTFOUND", error: "There is no such route." } },
  ])("are refused as the API refuses that they lie below: $path", async ({ path, body }) => {
    const answer = await ask(await serve(routes, { prefix: "/base" }), `/base${path}`);

    expect([answer.status, answer.json()]).toEqual([404, body]);
  });

  it.each([
    { method: "GET", path: "/api/none", status: 404 },
    { method: "GET", path: "/api/%zz/parts", status: 400 },
    { method: "POST", path: "/api/thing", status: 405 },
    { method: "OPTIONS", path: "/api/thing", status: 204 },
    { method: "GET", path: "/api/thing", status: 200 },
  ])("say nothing to strangers where the API wants it so: $method $path", async ({ method, path, status }) => {
    const accessBelow = async ({ headers, path: asked }: RequestHead): Promise<void> => {
      await Promise.resolve();
      if (headers["authorization"] !== "known" || !asked.startsWith("/api/")) throw new PermissionError("Who are you?", "HS_BAD_TOKEN");
    };
    const guarded = { method: "GET", speaksBelow: "/api", accessBelow, handle: echo } as const;
    const routes = ["/api/thing", "/api/:id/parts"].map((each): Route => ({ ...guarded, path: each }));
    const port = await serve(routes, { prefix: "/base" });

    const stranger = await ask(port, `/base${path}`, { method });
    const known = await ask(port, `/base${path}`, { method, headers: { authorization: "known" } });

    expect([stranger.status, stranger.headers.allow]).toEqual([status === 200 ? 200 : 401, undefined]);
    expect(known.status).toBe(status);
  });

  it("are refused with 500 where it cannot be known who asks", async () => {
    const accessBelow = (): void => {
      throw new Error("planned");
    };
    const port = await serve([{ method: "GET", path: "/api/thing", speaksBelow: "/api", accessBelow, handle: echo }]);

    expect((await ask(port, "/api/none")).status).toBe(500);
    expect((await ask(port, "/api/thing", { method: "PUT" })).status).toBe(500);
  });
});
