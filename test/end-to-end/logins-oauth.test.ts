import { constants, createHash, generateKeyPairSync, privateDecrypt, publicEncrypt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { consent, decide, open, submit, type Page } from "../support/browser.js";
import { withQuery } from "../support/consent-pages.js";
import { answerTo, bodyOf, bot, type, type EndToEnd } from "../support/end-to-end.js";
import { LoginPlaces, type LoginPlace } from "../support/login-places.js";
import { ClientError, type ClientEvent, type MatrixPerson } from "../support/matrix-client.js";
import { MovableClock } from "../support/movable-clock.js";
import { poll } from "../support/poll.js";
import { connectionTypes, type ProvisioningSide } from "../support/provisioning-side.js";

type Content = Readonly<Record<string, unknown>>;

const placeNames = ["Jira Data Center by OAuth 2.0", "Jira Data Center by OAuth 1.0a", "Jira Cloud", "GitHub"] as const;
const renewingNames = placeNames.filter((name) => !name.includes("1.0a"));

let places: LoginPlaces;
let side: ProvisioningSide;
let all: EndToEnd;
let clock: MovableClock;
/** Ada at all of them. */
let alice: MatrixPerson;
let chat: string;
let bob: MatrixPerson;
let bobsChat: string;

beforeAll(async () => {
  places = await LoginPlaces.start();
  ({ side } = places);
  ({ all } = side);
  clock = new MovableClock();
  await all.restartSwitchboard({}, clock);
  [alice, bob] = await Promise.all([all.person("alice"), all.person("bob")]);
  [chat, bobsChat] = await Promise.all([all.directChat(alice), all.directChat(bob)]);
});

afterEach(() => {
  for (const { renewing } of places.all) renewing?.fail(false);
});

afterAll(() => places.stop());

function place(name: string): LoginPlace {
  const found = places.all.find(({ what }) => what === name);
  if (found === undefined) throw new TypeError(`No place ${name}`);
  return found;
}

/** Does something as if it were later. Commands are not run so: what was typed long ago is not. */
async function later<T>(ms: number, run: () => Promise<T>): Promise<T> {
  clock.advance(ms);
  try {
    return await run();
  } finally {
    clock.advance(-ms);
  }
}

/** Asks for the link in the direct chat. */
async function linkFor(
  person: MatrixPerson,
  room: string,
  { login }: LoginPlace,
): Promise<{ readonly link: string; readonly asked: string }> {
  const answer = await type(person, room, login);
  const [, link = ""] = /Open (http\S+) to link your account to the bridge/.exec(bodyOf(answer)) ?? [];
  expect(link, bodyOf(answer)).not.toBe("");
  return { link, asked: answer.event_id };
}

/** What the bot says next of itself. */
function told(person: MatrixPerson, room: string, words: string, after: string): Promise<ClientEvent> {
  const fits = (event: ClientEvent): boolean => event.sender === bot && bodyOf(event).includes(words);
  return person.waitForEvent(room, fits, { after, what: `"${words}"` });
}

/** Types something and waits until it was done at the remote. @returns who did it */
async function act(person: MatrixPerson, roomId: string, { act: words, done }: LoginPlace, title = "Oil the swing"): Promise<string> {
  const before = done().length;
  await person.sendText(roomId, words(title));
  return poll(async () => done()[before], { what: `${words(title)} to be done`, timeoutMs: 20_000 });
}

async function connectedRoom(person: MatrixPerson, { connect }: LoginPlace): Promise<string> {
  const roomId = await all.roomWithBot(person);
  const answer = await answerTo(person, roomId, connect);
  expect(answer).toMatch(/connected|bridge/i);
  return roomId;
}

async function logIn(person: MatrixPerson, room: string, where: LoginPlace, as = "ada"): Promise<Page> {
  const { link, asked } = await linkFor(person, room, where);
  const page = await consent(link, { as });
  expect(page.status, page.text).toBe(200);
  await told(person, room, `Logged into ${where.title}`, asked);
  return page;
}

describe.each(placeNames)("logging in at %s", (name) => {
  it("leads from the direct chat over the remote's page to a page of ours, and commands act as the person", async () => {
    const where = place(name);
    const { link, asked } = await linkFor(alice, chat, where);
    const back = await decide(link, { as: "ada" });

    expect(new URL(back).pathname).toBe(where.callback);
    // What looks at links before people do uses nothing up.
    expect([(await open(back, "HEAD")).status, (await open(back, "HEAD")).text]).toEqual([200, ""]);
    const page = await open(back);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.text).toContain(`Logged into ${where.title}`);
    expect(page.text).toContain(alice.userId);
    expect(page.text).toContain(where.ada);
    expect(page.text).toContain(where.logout.split(" ").slice(0, 2).join(" "));
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    const notice = await told(alice, chat, `Logged into ${where.title}`, asked);
    expect(bodyOf(notice)).toContain(where.ada);
    expect(await act(alice, await connectedRoom(alice, where), where)).toBe(`${where.ada} created`);
    expect((await open(back)).status).toBe(404);
  });

  it("is not done where the person does not want it", async () => {
    const where = place(name);
    const page = await consent((await linkFor(bob, bobsChat, where)).link, { as: "bo", isAllowed: false });

    expect(page.status).toBe(400);
    expect(page.text).toContain(`You are not logged in to ${where.title}`);
    expect(page.text).toContain("Nothing was changed.");
  });
});

it("what each login reaches is known to programs, a site of Jira Cloud that the configuration does not name too", async () => {
  const api = side.api(alice);
  const [, other] = places.sites;
  const account = await api.call("GET", "/jira/account");
  const projects = await api.call("GET", "/jira/instances/other/projects");
  const roomId = await all.roomWithBot(alice);

  const names = ["Jira stand-in", "Old Jira", "acme", "other"];
  expect((account.body["instances"] as readonly { readonly name: string }[]).map(({ name }) => name).sort()).toEqual(names);
  expect(projects.list).toMatchObject([{ key: "PLAY", url: `${other.url}/projects/PLAY` }]);
  for (const { url } of [places.old, ...places.sites]) {
    const made = await api.put(roomId, connectionTypes.jira, { url: `${url}/projects/PLAY` });
    expect([made.status, made.body["config"]]).toMatchObject([200, { url: `${url}/projects/PLAY`, id: expect.any(String) }]);
  }
});

describe("a link", () => {
  it("works once, for ten minutes, and nothing of it stands on the page", async () => {
    const where = place("GitHub");
    const foreign = `http://127.0.0.1:${all.installation.webhookPort}${where.callback}`;
    const script = '"><script>alert(1)</script>';
    const [late, used] = [await linkFor(bob, bobsChat, where), await linkFor(bob, bobsChat, where)];
    const lateBack = await decide(late.link, { as: "bo" });

    expect((await open(await decide(used.link, { as: "bo", isAllowed: false }))).status).toBe(400);
    const state = new URL(used.link).searchParams.get("state") ?? "";
    for (const query of [
      { state, code: "again" },
      { state: "never-given", code: "code" },
    ]) {
      expect((await open(withQuery(foreign, query))).status).toBe(404);
    }
    for (const query of [
      { state: script, code: script },
      { error: script, error_description: script },
      { code: script },
      { state: script },
    ]) {
      const page = await open(withQuery(foreign, query));
      expect([400, 404]).toContain(page.status);
      expect(page.text).not.toContain("alert(1)");
    }
    expect(await later(600_000, async () => (await open(lateBack)).status)).toBe(404);
    expect(await answerTo(bob, bobsChat, "github status")).toBe("You are not authenticated, please login.");
  });

  it("of one service is nothing to another, and still works where it belongs, for one of five who bring it at once", async () => {
    const { link, asked } = await linkFor(bob, bobsChat, place("GitHub"));
    const back = new URL(await decide(link, { as: "bo" }));
    const elsewhere = new URL(back);
    elsewhere.pathname = "/jira/oauth";

    expect((await open(elsewhere.href)).status).toBe(404);
    const atOnce = await Promise.all([1, 2, 3, 4, 5].map(() => open(back.href)));
    expect(atOnce.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404]);
    await told(bob, bobsChat, "Logged into GitHub", asked);
    expect(await answerTo(bob, bobsChat, "github logout")).toContain("forgotten");
  });

  it("that a program asked for works the same, in another process too: states survive SIGKILL", async () => {
    await all.stopSwitchboard();
    let process = await all.startProcess();
    const asked = (await bob.readTimeline(bobsChat, 1))[0]?.event_id ?? "";
    const jira = await side.api(bob).call("GET", "/jira/oauth", { query: { instance: "main" } });
    const gitHub = await side.api(bob).call("GET", "/github/oauth");
    expect(String(gitHub.body["org_url"])).toBe(`${side.gitHub.url}/apps/switchboard/installations/new`);
    await process.kill();
    process = await all.startProcess();

    const pages = [await consent(String(jira.body["url"]), { as: "bo" }), await consent(String(gitHub.body["user_url"]), { as: "bo" })];

    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    for (const title of ["Jira", "GitHub"]) await told(bob, bobsChat, `Logged into ${title}`, asked);
    await process.stop();
    await all.startSwitchboard({}, clock);
    expect(await answerTo(bob, bobsChat, "jira whoami")).toContain("Bo Baker");
    expect(await answerTo(bob, bobsChat, "jira logout")).toContain("unlinked");
    expect(await answerTo(bob, bobsChat, "github logout")).toContain("forgotten");
  });

  it("leads to the page of GitHub's App without a login, too", async () => {
    const callback = `http://127.0.0.1:${all.installation.webhookPort}/github/oauth`;

    expect((await open(withQuery(callback, { setup_action: "install", installation_id: "1" }))).text).toContain(
      "The GitHub App is installed",
    );
    expect((await open(withQuery(callback, { setup_action: "request" }))).status).toBe(200);
    // Hookshot's own path goes on working.
    expect((await open(`http://127.0.0.1:${all.installation.webhookPort}/oauth`)).status).toBe(400);
  });
});

describe("undoing a login", () => {
  it.each(placeNames)("on the page at %s ends it, and tells whose it was: somebody else's link joins nothing silently", async (name) => {
    const where = place(name);
    const { link, asked } = await linkFor(bob, bobsChat, where);
    const page = await consent(link, { as: "ada" });
    expect(page.text).toContain(bob.userId);

    const undone = await submit(page);

    expect(undone.status).toBe(200);
    expect(undone.text).toContain("is undone");
    await told(bob, bobsChat, `Logged out of ${where.title}`, asked);
    const question = name === "GitHub" ? "github status" : "jira whoami";
    expect(await answerTo(bob, bobsChat, question)).toMatch(/not authenticated|not logged into JIRA/);
    expect((await submit(page)).status).toBe(404);
  });

  it("by the link in the direct chat asks first, works once, and for ten minutes", async () => {
    const where = place("GitHub");
    const undoLink = async (): Promise<string> => {
      const { link, asked } = await linkFor(bob, bobsChat, where);
      await consent(link, { as: "bo" });
      return /https?:\S+\/undo\?token=[\w-]+/.exec(bodyOf(await told(bob, bobsChat, "Logged into GitHub", asked)))?.[0] ?? "";
    };
    const first = await undoLink();
    const question = await open(first);
    expect(question.text).toContain("Undo the login to GitHub?");
    const { event_id: asked, content } = await type(bob, bobsChat, "github status");
    expect(content["body"]).toBe("You are logged in as bo");

    expect((await submit(question)).status).toBe(200);

    await told(bob, bobsChat, "Logged out of GitHub", asked);
    expect(await answerTo(bob, bobsChat, "github status")).toBe("You are not authenticated, please login.");
    expect((await open(first)).status).toBe(404);
    const second = await undoLink();
    expect(await later(600_000, async () => (await open(second)).status)).toBe(404);
    expect(await answerTo(bob, bobsChat, "github status")).toBe("You are logged in as bo");
    await answerTo(bob, bobsChat, "github logout");
  });
});

describe.each(renewingNames)("a login at %s that ends by itself", (name) => {
  let where: LoginPlace;
  let rooms: readonly [string, string];

  function renewing(): NonNullable<LoginPlace["renewing"]> {
    if (where.renewing === undefined) throw new TypeError(`${name} renews nothing`);
    return where.renewing;
  }

  beforeAll(async () => {
    where = place(name);
    rooms = [await connectedRoom(alice, where), await connectedRoom(alice, where)];
  });

  it("is renewed before it ends, once for all who need it", async () => {
    const { grants } = renewing();
    const before = grants.renewals;
    const question = name === "GitHub" ? "/github/account" : "/jira/account";

    // Each at another time, as a question may renew the logins of other places too.
    const hours = 10 * (1 + renewingNames.indexOf(name));
    const answers = await later(hours * 3_600_000, () => Promise.all([1, 2, 3, 4, 5].map(() => side.api(alice).call("GET", question))));

    expect(answers.map(({ status, body }) => [status, body["loggedIn"]])).toEqual(answers.map(() => [200, true]));
    expect(grants.renewals).toBe(before + 1);
  });

  it("is renewed once for all who need it when the remote says that it has ended", async () => {
    const { grants } = renewing();
    const [before, deeds] = [grants.renewals, where.done().length];
    grants.endAccess();

    await Promise.all(rooms.map((roomId, index) => alice.sendText(roomId, where.act(`At once ${index}`))));

    await poll(async () => (where.done().length >= deeds + 2 ? true : undefined), { what: "both to be done", timeoutMs: 20_000 });
    expect(where.done().slice(deeds)).toEqual([`${where.ada} created`, `${where.ada} created`]);
    expect(grants.renewals).toBe(before + 1);
  });

  it("is kept while the remote fails", async () => {
    const { grants, fail } = renewing();
    grants.endAccess();
    fail(true);
    const deeds = where.done().length;
    await type(alice, rooms[0], where.act("Too early"));
    expect(where.done()).toHaveLength(deeds);

    fail(false);

    expect(await act(alice, rooms[0], where, "Again")).toBe(`${where.ada} created`);
  });

  it("that the remote took back is over, and the person is told", async () => {
    const typed = await alice.sendText(chat, "help");
    renewing().end();
    await alice.sendText(rooms[0], where.act("Refused"));

    const notice = await told(alice, chat, "Your login has ended", typed);

    expect(bodyOf(notice)).toContain(where.login.split(" ").slice(0, 2).join(" "));
    const question = name === "GitHub" ? "github status" : "jira whoami";
    expect(await answerTo(alice, chat, question)).not.toContain(name === "Jira Cloud" ? "(acme" : `${where.login.split(" ").at(-1)} (`);
    await logIn(alice, chat, where);
    expect(await act(alice, rooms[0], where, "And back")).toBe(`${where.ada} created`);
  });
});

describe("what Hookshot keeps", () => {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const paddings = {
    "rsa-pkcs1v15": { padding: constants.RSA_PKCS1_PADDING },
    rsa: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" },
  } as const;
  let people = 0;

  function pem(form: "pkcs1" | "pkcs8"): string {
    return keys.privateKey.export({ type: form, format: "pem" }).toString();
  }

  /** As Hookshot does it: in parts of 128 bytes, each encrypted by itself; older versions name neither key nor padding. */
  function seal(text: string, algorithm: keyof typeof paddings, form: "pkcs1" | "pkcs8"): Content {
    const bytes = Buffer.from(text);
    const parts = Array.from({ length: Math.ceil(bytes.length / 128) }, (_, index) => bytes.subarray(index * 128, (index + 1) * 128));
    const encrypted = parts.map((part) => publicEncrypt({ key: keys.publicKey, ...paddings[algorithm] }, part).toString("base64"));
    return algorithm === "rsa" ? { encrypted } : { encrypted, algorithm, keyId: createHash("md5").update(pem(form)).digest("hex") };
  }

  function dataPath(dataType: string): string {
    return `/_matrix/client/v3/user/${encodeURIComponent(bot)}/account_data/${encodeURIComponent(dataType)}`;
  }

  async function accountData(dataType: string): Promise<Content> {
    try {
      return await all.asOurs("GET", dataPath(dataType));
    } catch (error) {
      if (error instanceof ClientError && error.status === 404) return {};
      throw error;
    }
  }

  async function somebody(): Promise<{ readonly person: MatrixPerson; readonly room: string }> {
    people += 1;
    const person = await all.person(`hookshot${people}`);
    return { person, room: await all.directChat(person) };
  }

  async function restartWithKey(form: "pkcs1" | "pkcs8", more: Content = {}): Promise<void> {
    const file = path.join(all.installation.folder, `${form}.pem`);
    await writeFile(file, pem(form), { mode: 0o600 });
    await all.restartSwitchboard({ passFile: file, ...more });
  }

  function gitHubType({ userId }: MatrixPerson): string {
    return `uk.half-shot.matrix-hookshot.github.password-store:${userId}`;
  }

  describe.each(["pkcs8", "pkcs1"] as const)("with a key in %s", (form) => {
    beforeAll(() => restartWithKey(form));

    it.each(["rsa-pkcs1v15", "rsa"] as const)("and %s logs people in, until they log out", async (algorithm) => {
      const { person, room } = await somebody();
      const jiraType = `uk.half-shot.matrix-hookshot.jira.password-store:${person.userId}`;
      const scopes = ["read:jira-work", "write:jira-work", "read:jira-user", "offline_access"];
      const proof = { clientId: "cloud-client", redirectUri: "https://example.org/jira/oauth" };
      const code = places.cloud.grants.issueCode({ ...proof, person: places.ada, scopes });
      const tokens = places.cloud.grants.exchange({ ...proof, code });
      const jira = { access_token: tokens?.accessToken, refresh_token: tokens?.refreshToken, instance: "api.atlassian.com" };
      const texts = [
        [gitHubType(person), algorithm === "rsa" ? "ghp_ada_token" : JSON.stringify({ access_token: "ghp_ada_token", token_type: "pat" })],
        [jiraType, JSON.stringify({ ...jira, expires_in: Date.now() + 3_600_000 })],
      ] as const;
      for (const [dataType, text] of texts) await all.asOurs("PUT", dataPath(dataType), seal(text, algorithm, form));

      expect(await answerTo(person, room, "github status")).toBe("You are logged in as ada");
      expect(await answerTo(person, room, "jira whoami")).toContain("Ada Lovelace");

      await answerTo(person, room, "github logout");
      await answerTo(person, room, "jira logout");
      for (const [dataType] of texts) {
        await poll(async () => ((await accountData(dataType))["deleted"] === true ? true : undefined), {
          what: "the mark",
          timeoutMs: 10_000,
        });
      }
      expect(await answerTo(person, room, "github status")).toBe("You are not authenticated, please login.");
      expect(await answerTo(person, room, "jira whoami")).toContain("You are not logged into JIRA.");
    });
  });

  it("is not added to, unless compatibility.writeTokens says so", async () => {
    const where = place("GitHub");
    const [without, with_] = [await somebody(), await somebody()];
    await logIn(without.person, without.room, where);
    await restartWithKey("pkcs8", { compatibility: { writeTokens: true } });
    await logIn(with_.person, with_.room, where);

    const written = await poll(
      async () => {
        const { encrypted } = await accountData(gitHubType(with_.person));
        // As Hookshot 7 writes it.
        return encrypted as readonly string[] | undefined;
      },
      { what: "the copy for Hookshot", timeoutMs: 10_000 },
    );

    const blocks = written.map((part) =>
      privateDecrypt({ key: keys.privateKey, padding: constants.RSA_NO_PADDING }, Buffer.from(part, "base64")),
    );
    const text = Buffer.concat(blocks.map((block) => block.subarray(block.indexOf(0, 2) + 1))).toString();
    expect(JSON.parse(text)).toMatchObject({ access_token: expect.stringMatching(/^ghu_/), token_type: "bearer" });
    expect(await accountData(gitHubType(without.person))).toEqual({});
  });
});
