import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { alice, FakeOAuth, joinedAs, LoginRig } from "../../../test/support/login-rig.js";
import { RemoteError } from "../../core/errors.js";
import type { ActiveService } from "../../core/service.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { systemRandom } from "../../shared/random.js";
import { createOAuthRoutes } from "./routes.js";

const formType = { "content-type": "application/x-www-form-urlencoded" };

let rig: LoginRig;
let chat: FakeOAuth;
let listener: Listener;
let port: number;
let logged: object[];

beforeEach(async () => {
  rig = new LoginRig();
  chat = new FakeOAuth("/chat/oauth", "/oauth");
  logged = [];
  const other: ActiveService = { ...rig.active, service: { ...rig.active.service, id: "chat", title: "Chat", oauth: chat } };
  const log = silentLog();
  log.error = (fields: object) => void logged.push(fields);
  const routes = createOAuthRoutes({ services: [rig.active, other], logins: rig.browser, random: systemRandom, log });
  const address = { bindAddress: "127.0.0.1", port: 0, prefix: "/hooks" };
  listener = createListener({ ...address, routes, log: silentLog(), clock: systemClock, random: systemRandom });
  ({ port } = await listener.start());
});

afterEach(() => listener.stop());

function get(path: string, method = "GET"): Promise<Asked> {
  return ask(port, `/hooks${path}`, { method });
}

function post(path: string, body: string, headers: Readonly<Record<string, string>> = formType): Promise<Asked> {
  return ask(port, `/hooks${path}`, { method: "POST", headers, body });
}

async function join(path = "/code/oauth"): Promise<Asked> {
  return get(`${path}?state=${await rig.begin()}&code=planted-code`);
}

/** The word in the page's form. */
function wordIn({ text }: Asked): string {
  return /name="token" value="([\w-]+)"/.exec(text)?.[1] ?? "";
}

describe("the page after a login", () => {
  it("names both accounts, tells what to do next and offers the way back", async () => {
    const page = await join();

    expect(page.status).toBe(200);
    expect(page.text).toContain("<title>Logged into Code</title>");
    expect(page.text).toContain(
      "You are <strong><bdi>Ada</bdi></strong> at <bdi>code.example.org</bdi>; commands of <strong><bdi>@alice:example.org</bdi></strong> now act as you there.",
    );
    expect(page.text).toContain("<code><bdi>code logout</bdi></code>");
    expect(page.text).toContain('<form method="post" action="https://hooks.example.org/code/oauth/undo">');
    expect(wordIn(page)).toMatch(/^[\w-]{43}$/);
    expect(page.text).not.toContain("planted");
  });

  it("is whole HTML that loads nothing, runs nothing, stands in no frame, is not stored and tells nobody where it was", async () => {
    const { headers, text: body } = await join();

    const style = /<style>([^]*?)<\/style>/.exec(body)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers["content-security-policy"]).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action https://hooks.example.org; frame-ancestors 'none'; base-uri 'none'`,
    );
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
    });
    expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(body).toContain('<meta name="viewport"');
    expect(style).toContain("prefers-color-scheme: dark");
    expect(body).not.toMatch(/<script|<link|<img|style="|\bon\w+=/);
  });

  it("escapes whatever comes from the remote, and cuts what is too long", async () => {
    rig.oauth.answer = async () =>
      joinedAs(`"><script>alert(1)</script>&amp;${"x".repeat(2_000)}`, {
        account: {
          name: '"><script>alert(1)</script>\ud800\u202e',
          at: `</bdi></p><form action="https://evil.example">${"x".repeat(2_000)}`,
        },
        logoutCommand: "code logout <b>",
      });

    const { text: body } = await join();

    expect(body).not.toMatch(/<script|evil\.example">|<b>|\ud800/);
    expect(body).toContain("&lt;script&gt;alert(1)&lt;/script&gt;\uFFFD</bdi>");
    expect(body.match(/<form/g)).toHaveLength(1);
    expect(body).not.toContain("x".repeat(400));
  });

  it("is served on every path of the service, a shared one too", async () => {
    expect((await join("/oauth")).status).toBe(200);
    expect((await join("/chat/oauth")).status).toBe(404);
    expect(chat.returned).toEqual([]);
  });

  it("has no form where there is no page to undo the login on", async () => {
    rig.oauth.callback = undefined;

    const { text: body, headers } = await join();

    expect(body).not.toContain("<form");
    expect(headers["content-security-policy"]).toContain("form-action 'none'");
  });
});

describe("somebody who comes back without success", () => {
  it.each([
    { query: "", status: 400, says: "Missing state" },
    { query: "?state=x", status: 400, says: "Missing code" },
    { query: "?state=x&code=y", status: 404, says: "Could not find user which authorised this request. Has it timed out?" },
    { query: "?error=access_denied", status: 400, says: "was not allowed" },
    { query: "?setup_action=install", status: 200, says: "The app is installed" },
  ])("is shown a page: $query", async ({ query, status, says }) => {
    const page = await get(`/code/oauth${query}`);

    expect(page.status).toBe(status);
    expect(page.text).toContain(says);
    if (status !== 200) expect(page.text).toMatch(/log in again there|Has it timed out/);
  });

  it("is told nothing that came along", async () => {
    const state = await rig.begin();
    const hostile = encodeURIComponent("<script>planted</script>");

    for (const query of [
      `state=${state}&error=${hostile}&error_description=${hostile}`,
      `state=${hostile}&code=${hostile}`,
      `error=${hostile}`,
    ]) {
      const { text: body, status } = await get(`/code/oauth?${query}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toMatch(/planted|script/);
      expect(body).not.toContain(state);
    }
  });

  it("can begin again where the remote is away, and learns no more than that", async () => {
    rig.oauth.answer = () => Promise.reject(new RemoteError("planted: 500 of https://code.example.org/?code=c"));

    const page = await join();

    expect([page.status, /planted/.test(page.text)]).toEqual([400, false]);
    expect(page.text).toContain("Code could not be reached");
  });

  it("gets a word for the administrator where something unexpected happened", async () => {
    rig.oauth.answer = () => Promise.reject(new TypeError("planted"));

    const page = await join();

    expect([page.status, /planted/.test(page.text)]).toEqual([400, false]);
    // What was logged is an object of ours.
    expect(page.text).toContain((logged[0] as { id: string }).id);
  });

  it("counts by the first of two states", async () => {
    const state = await rig.begin();

    expect((await get(`/code/oauth?state=other&state=${state}&code=c`)).status).toBe(404);
    expect((await get(`/code/oauth?state=${state}&state=other&code=c&__proto__=x`)).status).toBe(200);
  });
});

describe("a program that looks at a link before a person opens it", () => {
  it("does not use the login up", async () => {
    const state = await rig.begin();

    const look = await get(`/code/oauth?state=${state}&code=c`, "HEAD");

    expect([look.status, look.text, rig.oauth.returned]).toEqual([200, "", []]);
    expect((await get(`/code/oauth?state=${state}&code=c`)).status).toBe(200);
  });

  it.each([
    { query: "", status: 400 },
    { query: "?state=x&code=y", status: 404 },
    { query: "?state=x", status: 400 },
    { query: "?error=x", status: 400 },
    { query: "?setup_action=install", status: 200 },
  ])("is told what a person would be: $query", async ({ query, status }) => {
    const look = await get(`/code/oauth${query}`, "HEAD");

    expect([look.status, look.text, look.headers["content-type"]]).toEqual([status, "", "text/html; charset=utf-8"]);
  });

  it("learns that a login was not allowed, and leaves it to the person to be told", async () => {
    const state = await rig.begin();

    expect((await get(`/code/oauth?state=${state}&error=access_denied`, "HEAD")).status).toBe(400);
    expect((await get(`/code/oauth?state=${state}`, "HEAD")).status).toBe(400);
    expect((await get(`/code/oauth?state=${state}&code=c`)).status).toBe(200);
  });

  it("does not undo a login, and a person who opens it is asked first", async () => {
    const word = wordIn(await join());

    const shown = await get(`/code/oauth/undo?token=${word}`);
    await get(`/code/oauth/undo?token=${word}`, "HEAD");

    expect(shown.status).toBe(200);
    expect(shown.text).toContain("Undo the login to Code?");
    expect(wordIn(shown)).toBe(word);
    expect(await rig.get()).toBeDefined();
  });
});

describe("the button that undoes a login", () => {
  it("works once", async () => {
    const word = wordIn(await join());

    const first = await post("/code/oauth/undo", `token=${word}`);
    const second = await post("/code/oauth/undo", `token=${word}`);

    expect([first.status, second.status, await rig.get()]).toEqual([200, 404, undefined]);
    expect(first.text).toContain("The login to Code is undone");
    expect(first.text).toContain(alice);
    expect((await get(`/code/oauth/undo?token=${word}`)).status).toBe(404);
  });

  it.each([
    { title: "nothing", body: "", status: 400 },
    { title: "garbage", body: "\u0000%zz&&=", status: 400 },
    { title: "an empty word", body: "token=", status: 400 },
    { title: "a made-up word", body: "token=<script>", status: 404 },
  ])("answers $title with a page", async ({ body, status }) => {
    await join();

    const page = await post("/code/oauth/undo", body);

    expect(page.status).toBe(status);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.text).not.toContain("script>");
    expect(await rig.get()).toBeDefined();
  });

  it("takes a form, and no more of it than it needs", async () => {
    const word = wordIn(await join());

    expect((await post("/code/oauth/undo", JSON.stringify({ token: word }), { "content-type": "application/json" })).status).toBe(415);
    expect((await post("/code/oauth/undo", `token=${word}&more=${"x".repeat(4_096)}`)).status).toBe(413);
    expect((await post(`/code/oauth/undo?token=${word}`, "x=1")).status).toBe(400);
    expect(await rig.get()).toBeDefined();
  });

  it("says so where another login is there by now", async () => {
    const word = wordIn(await join());
    await rig.keep("another");

    const page = await post("/code/oauth/undo", `token=${word}`);

    expect([page.status, await rig.get()]).toEqual([400, "another"]);
    expect(page.text).toContain("Nothing was undone");
  });
});

describe("the documents of these routes", () => {
  it("describe each of them, with every status that it answers", () => {
    const routes = createOAuthRoutes({ services: [rig.active], logins: rig.browser, random: systemRandom, log: silentLog() });

    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /code/oauth",
      "GET /code/oauth/undo",
      "POST /code/oauth/undo",
      "GET /oauth",
      "GET /oauth/undo",
      "POST /oauth/undo",
    ]);
    expect(routes.map(({ doc }) => [doc?.tag, 200 in (doc?.answers ?? {}), 404 in (doc?.answers ?? {})])).toEqual(
      routes.map(() => ["OAuth", true, true]),
    );
  });
});
