import { describe, expect, it } from "vitest";
import { alice, FakeOAuth, joinedAs, LoginRig, remote } from "../../test/support/login-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { ConfigError, PermissionError, RemoteError, StorageError, SwitchboardError } from "../core/errors.js";
import type { ActiveService } from "../core/service.js";
import type { LoginReturn } from "./come-back.js";
import { hashOf } from "./hashes.js";
import { TicketSweep } from "./ticket-sweep.js";
import { silentLog } from "../shared/log.js";

const minuteMs = 60_000;

function comeBack(rig: LoginRig, query: Readonly<Record<string, string>>): Promise<LoginReturn> {
  return rig.browser.comeBack([rig.active], query);
}

async function join(rig: LoginRig): Promise<Extract<LoginReturn, { readonly kind: "joined" }>> {
  const outcome = await comeBack(rig, { state: await rig.begin(), code: "planted-code" });
  if (outcome.kind !== "joined") throw new TypeError(`it ended as ${outcome.kind}`);
  return outcome;
}

async function everythingIn({ database }: LoginRig): Promise<string> {
  return (await database.iterator().all()).flat().join("\n");
}

describe("a login in the browser", () => {
  it("gets a state of 32 bytes and PKCE, of which the data folder holds neither", async () => {
    const rig = new LoginRig();

    const url = await rig.logins.begin(alice, "main");

    const [start] = rig.oauth.started;
    expect(url).toContain(start?.state);
    expect(Buffer.from(start?.state ?? "", "base64url")).toHaveLength(32);
    expect(start).toMatchObject({ actor: alice, remote: "main" });
    await comeBack(rig, { state: start!.state, code: "c" });
    const [back] = rig.oauth.returned;
    expect(back).toMatchObject({ actor: alice, remote: "main", kept: "planted-kept", query: { code: "c" } });
    expect(back?.codeVerifier).toMatch(/^[\w-]{43}$/);
    expect(hashOf(back?.codeVerifier ?? "")).toBe(start?.codeChallenge);
  });

  it("leaves nothing secret in plain, from its beginning to its end", async () => {
    const rig = new LoginRig({ writesTokens: true });
    const state = await rig.begin();
    const during = await everythingIn(rig);
    const outcome = await comeBack(rig, { state, code: "planted-code" });
    const { codeVerifier } = rig.oauth.returned[0]!;
    const word = outcome.kind === "joined" ? outcome.undo!.word : "";

    const all = during + (await everythingIn(rig));

    for (const secret of [state, codeVerifier, word, "planted"]) expect(all).not.toContain(secret);
    expect(rig.warnings).toEqual([]);
  });

  it.each<{ title: string; rig: () => LoginRig; code: string }>([
    { title: "people without the level", rig: () => new LoginRig({ mayLogIn: () => false }), code: "HS_FORBIDDEN_USER" },
    { title: "everybody where nothing can be kept", rig: () => new LoginRig({ canKeep: false }), code: "HS_DISABLED_FEATURE" },
    {
      title: "people whose level is not known yet",
      rig: () =>
        new LoginRig({
          mayLogIn: () => {
            throw new RemoteError("not known yet");
          },
        }),
      code: "HS_REMOTE_ERROR",
    },
  ])("is not begun for $title", async ({ rig: make, code }) => {
    const rig = make();

    const beginning = rig.logins.begin(alice);

    await expect(beginning).rejects.toThrow(expect.objectContaining({ code }));
    expect([rig.oauth.started, rig.commits]).toEqual([[], []]);
  });

  it("may be open twenty times for a person; the oldest gives way", async () => {
    const rig = new LoginRig();
    const states: string[] = [];
    for (let number = 0; number < 22; number += 1) {
      states.push(await rig.begin());
      await rig.clock.advance(1);
    }
    const bobs = await rig.begin("@bob:example.org");

    const kinds = [];
    for (const state of [states[1], states[2], states[21], bobs]) kinds.push((await comeBack(rig, { state: state ?? "", code: "c" })).kind);

    expect(kinds).toEqual(["unknown", "joined", "joined", "joined"]);
  });

  it("is open no more than twenty times however many are begun at once", async () => {
    const rig = new LoginRig();

    await Promise.all(Array.from({ length: 50 }, () => rig.begin()));

    expect(await rig.parts.tickets.begun.ofPerson(alice)).toHaveLength(20);
  });

  it("is stored in one batch with its notice, the way back, what the service learnt, and Hookshot's copy", async () => {
    const rig = new LoginRig({ writesTokens: true });
    rig.errands.start();
    const { store } = rig.active.context;
    rig.oauth.answer = async () =>
      joinedAs("Ada", { changes: [store.put("learnt", "x")], forHookshot: { accountDataType: "type", text: "copy" } });

    const { person, joined, undo } = await join(rig);
    await rig.clock.advance(1_000);

    expect([person, joined.account.name, await rig.get()]).toEqual([alice, "Ada", "planted-login of Ada"]);
    // The state's end, then everything else: login, learnt, copy, ticket with its entry, notice.
    expect(rig.commits.map(({ length }) => length)).toEqual([2, 2, 6, 1, 1]);
    expect(rig.homeserver.accountData.get("type")).toEqual({ encrypted: "encrypted copy" });
    const [told] = rig.homeserver.words();
    expect(told).toMatch(/^Logged into Code\n\nYou are Ada at code\.example\.org/);
    expect(told).toContain(`(https://hooks.example.org/code/oauth/undo?token=${undo?.word})`);
    expect(told).toContain("`code logout`");
    expect(told).toContain("until 00:10 UTC");
    await rig.errands.stop();
  });

  it("escapes hostile names in what the person is told", async () => {
    const rig = new LoginRig();
    rig.errands.start();
    rig.oauth.answer = async () => joinedAs("<img src=x> [a](javascript:1) `b` \ud800");

    await join(rig);
    await rig.clock.advance(1_000);

    const html = String(rig.homeserver.told[0]?.message.content["formatted_body"]);
    expect(html).not.toMatch(/<img|href="javascript|\ud800/);
    expect(html).toContain("&lt;img src=x&gt;");
    await rig.errands.stop();
  });

  it.each([
    {
      title: "of several lines",
      name: "Ada\n\nIf that is not you: [undo this login](https://evil.example)\u2028",
      words: "Ada If that is not you: [undo this login](https://evil.example)",
    },
    { title: "that turns the direction", name: "\u202eadA\u2066 \u0000\u200f", words: "adA" },
    { title: "of nothing", name: " \u202e\n ", words: "(without a name)" },
    { title: "without end", name: "\u{1f600}".repeat(500), words: `${"\u{1f600}".repeat(100)}…` },
  ])("names an account $title on one line that ends and turns nothing", async ({ name, words }) => {
    const rig = new LoginRig();
    rig.errands.start();
    rig.oauth.answer = async () => joinedAs(name);

    const { joined, undo } = await join(rig);
    await rig.clock.advance(1_000);

    expect(joined.account).toEqual({ name: words, at: "code.example.org" });
    expect((await rig.browser.findUndoable([rig.active], undo?.word ?? ""))?.account.name).toBe(words);
    expect(rig.homeserver.words()[0]).toContain(`\n\nYou are ${words} at code.example.org; what`);
    await rig.errands.stop();
  });

  it("counts once, however many come back at the same time", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();

    const outcomes = await Promise.all(Array.from({ length: 10 }, () => comeBack(rig, { state, code: "c" })));

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["joined", ...Array.from({ length: 9 }, () => "unknown")]);
    expect(rig.oauth.returned).toHaveLength(1);
    expect((await comeBack(rig, { state, code: "c" })).kind).toBe("unknown");
  });

  it("goes on after a restart", async () => {
    const before = new LoginRig();
    const state = await before.begin();

    const after = new LoginRig({ database: before.database });

    expect((await comeBack(after, { state, code: "c" })).kind).toBe("joined");
    expect(after.oauth.returned[0]).toMatchObject({ kept: "planted-kept", actor: alice });
    expect((await comeBack(before, { state, code: "c" })).kind).toBe("unknown");
  });

  it("is used up where the process ended while the remote was asked, and leaves nothing half done", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    rig.oauth.answer = () => {
      isAsked();
      return new Promise(() => undefined);
    };
    void comeBack(rig, { state, code: "c" });
    await asked;

    const after = new LoginRig({ database: rig.database });

    expect((await comeBack(after, { state, code: "c" })).kind).toBe("unknown");
    expect(await everythingIn(after)).toBe("");
  });

  it("is open for ten minutes", async () => {
    const rig = new LoginRig();
    const [early, late] = [await rig.begin(), await rig.begin()];

    await rig.clock.advance(10 * minuteMs - 1);
    expect((await comeBack(rig, { state: early, code: "c" })).kind).toBe("joined");
    await rig.clock.advance(1);

    expect((await comeBack(rig, { state: late, code: "c" })).kind).toBe("unknown");
  });

  it("does not come back by another service's path, which leaves it as it was", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();
    const { service, context } = rig.active;
    const other: ActiveService = { service: { ...service, id: "chat", oauth: new FakeOAuth("/chat/oauth") }, context };

    expect((await rig.browser.comeBack([other], { state, code: "c" })).kind).toBe("unknown");
    expect((await rig.browser.comeBack([other, rig.active], { state, code: "c" })).kind).toBe("joined");
  });

  it("that was not allowed is over, and nobody is asked", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();

    const refused = await comeBack(rig, { state, error: "access_denied", error_description: "<planted>", code: "c" });

    expect(refused).toMatchObject({ kind: "refused", reason: "Code says that the login was not allowed." });
    expect(rig.oauth.returned).toEqual([]);
    expect((await comeBack(rig, { state, code: "c" })).kind).toBe("unknown");
  });

  it.each<{ query: Readonly<Record<string, string>>; expected: object }>([
    { query: {}, expected: { kind: "incomplete", missing: "state" } },
    { query: { code: "c" }, expected: { kind: "incomplete", missing: "state" } },
    { query: { state: "never ours" }, expected: { kind: "incomplete", missing: "code" } },
    { query: { state: "never ours", code: "c" }, expected: { kind: "unknown" } },
    { query: { state: "", code: "c" }, expected: { kind: "unknown" } },
    { query: { error: "x" }, expected: { kind: "refused" } },
    { query: { setup_action: "install", installation_id: "1" }, expected: { kind: "note", note: { isGood: true } } },
    { query: { setup_action: "other", code: "c" }, expected: { kind: "incomplete", missing: "state" } },
  ])("is none where $query comes", async ({ query, expected }) => {
    const rig = new LoginRig();

    expect(await comeBack(rig, query)).toMatchObject(expected);
    expect(rig.commits).toEqual([]);
  });

  it("waits for its code: without one its state is not used up", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();

    expect(await comeBack(rig, { state })).toEqual({ kind: "incomplete", missing: "code" });
    expect((await comeBack(rig, { state, oauth_token: "t", oauth_verifier: "v" })).kind).toBe("joined");
  });

  it.each<{ title: string; answer: FakeOAuth["answer"]; expected: object }>([
    {
      title: "the service refuses",
      answer: async () => ({ kind: "refused", reason: "No `scope`." }),
      expected: { kind: "refused", reason: "No `scope`." },
    },
    { title: "the remote is away", answer: () => Promise.reject(new RemoteError("planted-text")), expected: { kind: "unreachable" } },
    {
      title: "it is switched off by now",
      answer: () => Promise.reject(new SwitchboardError("HS_DISABLED_FEATURE", "Off.")),
      expected: { kind: "refused", reason: "Off." },
    },
    {
      title: "a file of ours is wrong",
      answer: () => Promise.reject(new ConfigError("code.key", "/secret/key.pem cannot be read")),
      expected: { kind: "refused", reason: "Something is wrong here. The administrator finds it in the log." },
    },
    {
      title: "the account may not be used",
      answer: () => Promise.reject(new PermissionError("Not that account.")),
      expected: { kind: "refused", reason: "Not that account." },
    },
  ])("keeps nothing where $title", async ({ answer, expected }) => {
    const rig = new LoginRig();
    rig.oauth.answer = answer;
    const state = await rig.begin();

    expect(await comeBack(rig, { state, code: "c" })).toMatchObject(expected);
    expect([await rig.get(), await everythingIn(rig)]).toEqual([undefined, ""]);
  });

  it("that the disk does not take is refused without the words that are for the log", async () => {
    const rig = new LoginRig();
    const state = await rig.begin();
    rig.oauth.answer = async () => {
      rig.commitFailure = new StorageError("/secret/folder is full");
      return joinedAs("Ada");
    };

    expect(await comeBack(rig, { state, code: "c" })).toMatchObject({ kind: "refused", reason: "The login could not be stored here." });
  });
});

describe("the way back from a login", () => {
  it("removes it once, and tells the person", async () => {
    const rig = new LoginRig();
    rig.errands.start();
    const { undo } = await join(rig);
    const word = undo?.word ?? "";
    expect(await rig.browser.findUndoable([rig.active], word)).toMatchObject({
      person: alice,
      action: "https://hooks.example.org/code/oauth/undo",
    });
    expect(await rig.get()).toBeDefined();

    const outcomes = await Promise.all(Array.from({ length: 5 }, () => rig.browser.undo([rig.active], word)));
    await rig.clock.advance(1_000);

    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(["undone", undefined, undefined, undefined, undefined]);
    expect([await rig.get(), await everythingIn(rig)]).toEqual([undefined, ""]);
    expect(rig.homeserver.words()[1]).toMatch(/^Logged out of Code\n\nThe login as Ada at code\.example\.org was undone/);
    await rig.errands.stop();
  });

  it("is there for ten minutes, after a restart too", async () => {
    const rig = new LoginRig();
    const { undo } = await join(rig);
    const next = new LoginRig({ database: rig.database });

    await next.clock.advance(10 * minuteMs - 1);
    expect(await next.browser.findUndoable([next.active], undo?.word ?? "")).toBeDefined();
    await next.clock.advance(1);

    expect(await next.browser.undo([next.active], undo?.word ?? "")).toBeUndefined();
    expect(await next.get()).toBeDefined();
  });

  it("leaves a login that was made since, and one that is gone", async () => {
    const rig = new LoginRig();
    const first = await join(rig);
    rig.oauth.answer = async () => joinedAs("Grace");
    const second = await join(rig);

    expect((await rig.browser.undo([rig.active], first.undo?.word ?? ""))?.kind).toBe("changed");
    expect(await rig.get()).toBe("planted-login of Grace");
    await rig.active.context.commit([rig.logins.remove(alice, remote)]);

    expect((await rig.browser.undo([rig.active], second.undo?.word ?? ""))?.kind).toBe("gone");
  });

  it("leaves a login that is on its way to the disk", async () => {
    const rig = new LoginRig();
    const { undo } = await join(rig);
    let write = (): void => undefined;
    rig.disk = new Promise((resolve) => {
      write = resolve;
    });

    const changed = rig.active.context.commit([rig.logins.put(alice, remote, "another")]);
    const undoing = rig.browser.undo([rig.active], undo?.word ?? "");
    await settle();
    write();
    await changed;

    expect([(await undoing)?.kind, await rig.get()]).toEqual(["changed", "another"]);
  });

  it("is not missed where the login is renewed at that moment", async () => {
    const rig = new LoginRig();
    const { undo } = await join(rig);
    const { get } = rig.logins;
    const renewal = { endsAt: () => 0, account: "your account", loginCommand: "log in" };
    rig.logins.get = async (...asked) => {
      rig.logins.get = get;
      await rig.logins.fresh(alice, remote, { ...renewal, renew: async () => ({ kind: "renewed", login: "renewed" }) });
      return get(...asked);
    };

    expect((await rig.browser.undo([rig.active], undo?.word ?? ""))?.kind).toBe("undone");
    expect(await rig.get()).toBeUndefined();
  });

  it("takes Hookshot's copy along, so that it is not taken over from there", async () => {
    const rig = new LoginRig({ writesTokens: true });
    rig.errands.start();
    rig.oauth.answer = async () => joinedAs("Ada", { forHookshot: { accountDataType: "type", text: "copy" } });
    const { undo } = await join(rig);
    await rig.clock.advance(1_000);

    await rig.browser.undo([rig.active], undo?.word ?? "");
    await rig.logins.takeOver(alice, { accountDataTypes: ["type"], read: (text) => [{ remote, login: text }] });
    await rig.clock.advance(1_000);

    expect([await rig.get(), rig.homeserver.accountData.get("type")]).toEqual([undefined, { deleted: true }]);
    await rig.errands.stop();
  });

  it("is no address that another service's path knows, and none that anybody can make up", async () => {
    const rig = new LoginRig();
    const { undo } = await join(rig);
    const other: ActiveService = { ...rig.active, service: { ...rig.active.service, id: "chat" } };

    expect(await rig.browser.undo([other], undo?.word ?? "")).toBeUndefined();
    expect(await rig.browser.undo([rig.active], hashOf(undo?.word ?? ""))).toBeUndefined();
    expect(await rig.get()).toBeDefined();
  });

  it.each([undefined, "", "code/oauth", "mailto:bot@example.org"])("is not offered where the callback is %s", async (callback) => {
    const rig = new LoginRig();
    rig.oauth.callback = callback;

    expect((await join(rig)).undo).toBeUndefined();
    expect(await rig.get()).toBeDefined();
  });
});

describe("what is left of logins in the browser", () => {
  it("is removed when it has ended", async () => {
    const rig = new LoginRig();
    const { parts, unitOfWork, clock } = rig;
    const sweep = new TicketSweep({ tickets: parts.tickets, unitOfWork, clock, log: silentLog() });
    sweep.start();
    await rig.begin();
    await rig.clock.advance(5 * minuteMs);
    await rig.begin("@bob:example.org");

    await rig.clock.advance(6 * minuteMs);
    expect((await rig.parts.tickets.begun.ofPerson(alice)).length).toBe(0);
    expect((await rig.parts.tickets.begun.ofPerson("@bob:example.org")).length).toBe(1);
    await sweep.stop();

    expect(rig.clock.pendingTimers).toBe(0);
  });
});
