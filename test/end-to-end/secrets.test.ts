import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../support/ask.js";
import { consent, decide, open, submit } from "../support/browser.js";
import { runCommandLine } from "../support/cli-run.js";
import { withQuery } from "../support/consent-pages.js";
import { readDataFolder, readRecords } from "../support/data-folder.js";
import { answerTo, bodyOf, bot, type EndToEnd, hear, type } from "../support/end-to-end.js";
import { HookSender } from "../support/hook-sender.js";
import { LoginPlaces, type LoginPlace } from "../support/login-places.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";
import { connectionTypes } from "../support/provisioning-side.js";
import { TwoJiras } from "../support/two-jiras.js";

interface Found {
  readonly where: string;
  readonly secrets: readonly string[];
}

let places: LoginPlaces;
let all: EndToEnd;
let jiras: TwoJiras;
let alice: MatrixPerson;
/** Alice's direct chat with the bot. */
let chat: string;
let metrics: string;
/** Secrets in the data folder, looked for while something waits there. */
const foundBetween: Found[] = [];
/** All that clients and homeserver were told. */
const told: string[] = [];
/** What only one person or program was told, because it is for them: links, new tokens, addresses of webhooks. */
const due: string[] = [];
/** What was made on the way, by what it is. */
const made = new Map<string, string>();

/** A story with everything in it that handles a secret: right, wrong, and failing. */
beforeAll(async () => {
  places = await LoginPlaces.start({ hasProxies: true, sections: { logging: { level: "trace", json: true } } });
  ({ all } = places.side);
  alice = await all.person("alice");
  await callTheApi();
  await logInByBrowser();
  metrics = await all.metrics();
  const { jira } = all;
  const credential = { token: all.secrets.jiraToken };
  const section = { webhook: { secret: all.secrets.jiraSecret }, instances: { main: { url: jira.url, deployment: "server", credential } } };
  await all.restartSwitchboard({ jira: section });
  const roomId = await all.roomWithBot(alice);
  const { asToken, hsToken, jiraSecret, jiraToken } = all.secrets;
  await answerTo(alice, roomId, "!connect jira PLAY");
  await hear(alice, roomId, (await all.jira.createIssue("PLAY", "Signed")).key);
  const { webhookPort, appservicePort } = all.installation;

  // Secrets in all the places where callers put them, with and without what else it takes.
  const answers = [
    await all.webhook({ webhookEvent: "jira:issue_created" }, { path: `/jira/webhook?secret=${jiraSecret}` }),
    await all.webhook("{", { path: `/?secret=${jiraSecret}` }),
    await all.webhook({ webhookEvent: "comment_created", jiraSecret: "not it" }, { path: `/jira/webhook?secret=${jiraSecret}x` }),
    await all.webhook({}, { headers: { authorization: `Bearer ${jiraSecret}`, cookie: `a=${jiraSecret}` } }),
    await ask(webhookPort, `/nowhere?secret=${jiraSecret}`, { method: "POST" }),
    await ask(webhookPort, `/jira/webhook?secret=${jiraSecret}`, { method: "DELETE" }),
    await ask(appservicePort, `/transactions/legacy?access_token=${hsToken}`, { method: "PUT", body: "garbage" }),
    await ask(appservicePort, `/_matrix/app/v1/transactions/1?access_token=${hsToken}x`, { method: "PUT", body: "{}" }),
    await ask(appservicePort, `/_matrix/app/v1/nothing?access_token=${hsToken}`, { headers: { authorization: `Bearer ${asToken}` } }),
    await all.transaction("secrets-1", [{ type: "m.room.message" }]),
  ];
  told.push(...answers.map(({ text, headers }) => text + JSON.stringify(headers)));

  for (const fault of [{ kind: "status", status: 401 }, { kind: "status", status: 500 }, { kind: "cut" }, { kind: "page" }] as const) {
    all.jira.failWith(fault);
    await answerTo(alice, roomId, "!connect jira FAIL");
    await answerTo(alice, roomId, `!hookshot jira project ${all.projectUrl("FAIL")}`);
  }
  all.jira.failWith(undefined);

  await all.synapse.pause();
  const waiting = await all.jira.createIssue("PLAY", "Waits");
  await all.restartSwitchboard();
  await all.synapse.resume();
  await hear(alice, roomId, `[${waiting.key}]`, 45_000);

  jiras = await TwoJiras.start(all, { commands: true });
  chat = await all.directChat(alice);
  await typeTokens();
  await typeTokensElsewhere(roomId);
  await useTokens(roomId);
  await stopWhileTokensWait();
  await typeWithoutKey();

  metrics += await all.metrics();
  for (const room of [roomId, chat])
    told.push(JSON.stringify(await alice.readTimeline(room, 500)), JSON.stringify(await alice.getState(room)));
  await all.stopSwitchboard();
  // The story would prove nothing if a secret were another than the one in use.
  expect([asToken, hsToken, jiraSecret, jiraToken, ...Object.values(personalTokens())].every((value) => value.startsWith("planted-"))).toBe(
    true,
  );
});

afterAll(async () => {
  await jiras.stop();
  await places.stop();
});

function personalTokens(): Readonly<Record<string, string>> {
  const { server, cloud } = jiras;
  return { serverToken: server.aliceToken, cloudToken: cloud.aliceToken, cloudCredential: cloud.credential.token };
}

/** With the tokens of programs in all the places where they might put them; and what a program makes that is secret. */
async function callTheApi(): Promise<void> {
  const { side } = places;
  const { provisioning, token, otherToken, adminPassword } = side.secrets;
  const api = side.api(alice);
  const roomId = await all.roomWithBot(alice);
  const cli = await runCommandLine(["token", "create", "--name", "cli", "--scope", "provisioning", "--data", all.installation.dataFolder]);
  made.set("token of the command line", cli.stdout.trim());
  const basic = (password: string): string => `Basic ${Buffer.from(`root:${password}`).toString("base64")}`;
  const headers = [token, otherToken, cli.stdout.trim(), `${provisioning}x`, `${token}x`].map((each) => `Bearer ${each}`);
  for (const authorization of [...headers, basic(adminPassword), basic(`${adminPassword}x`), provisioning]) {
    told.push((await api.call("GET", `/${roomId}/connections`, { authorization })).text);
  }
  for (const answer of [
    await api.call("GET", `/${roomId}/connections`, { query: { access_token: provisioning, token } }),
    await api.call("GET", `/nowhere/${token}`),
    await api.call("PUT", `/${roomId}/connections/${connectionTypes.hook}`, { body: `{"name": "${provisioning}` }),
    await api.put(roomId, connectionTypes.jira, { url: all.projectUrl() }),
  ]) {
    told.push(answer.text);
  }
  const hook = await api.set(roomId, connectionTypes.hook, { name: "builds", signature: {} });
  const outbound = await api.set(roomId, connectionTypes.outbound, { name: "out", url: "https://hooks.example.org/in" });
  for (const [name, value] of Object.entries({ ...hook.secrets, ...outbound.secrets })) if (name !== "url") made.set(name, value);
  expect([...made.keys()].sort()).toEqual(["hookId", "signingSecret", "token", "token of the command line"]);
  const unsigned = await new HookSender(all.installation.webhookPort).json(hook.secrets?.["url"] ?? "", { text: "unsigned" });
  told.push(unsigned.text, (await api.call("GET", `/${roomId}/connections`)).text, JSON.stringify(await alice.getState(roomId)));
}

/** At each place: refused, failing at each step, done, renewed while that fails and when it works, undone. */
async function logInByBrowser(): Promise<void> {
  const { gitHub } = places.side;
  const standIns = [all.jira, places.old, places.cloud, gitHub];
  for (const place of places.all) {
    for (const fault of [{ kind: "status", status: 500 }, { kind: "status", status: 400 }, { kind: "cut" }, { kind: "page" }] as const) {
      const link = await linkTo(place);
      const back = link === undefined ? undefined : await decide(link, { as: "ada" });
      for (const standIn of standIns) standIn.failWith(fault);
      if (back !== undefined) told.push((await open(back)).text);
      await linkTo(place);
      for (const standIn of standIns) standIn.failWith();
    }
    const [refused = "", wanted = ""] = [await linkTo(place), await linkTo(place)];
    told.push((await consent(refused, { as: "ada", isAllowed: false })).text);
    const back = await decide(wanted, { as: "ada" });
    told.push((await open(back.replace("code=", "code=x").replace("state=", "state=x"))).text, (await open(back, "HEAD")).text);
    const page = await open(back);
    due.push(page.text);
    expect(page.status, page.text).toBe(200);
    told.push((await open(back)).text, (await open(withQuery(back, { error: "access_denied" }))).text);
    await renew(place);
    told.push((await submit(page)).text, (await submit(page)).text);
  }
}

async function linkTo({ login }: LoginPlace): Promise<string | undefined> {
  const [service = "", , instance] = login.split(" ");
  const query = instance === undefined ? {} : { query: { instance } };
  const { status, body, text } = await places.side.api(alice).call("GET", `/${service}/oauth`, query);
  if (status !== 200) told.push(text);
  const link = body["url"] ?? body["user_url"];
  if (typeof link !== "string") return undefined;
  due.push(text);
  const state = new URL(link).searchParams.get("state");
  if (state !== null) made.set(`state ${made.size}`, state);
  return link;
}

async function renew({ login, renewing }: LoginPlace): Promise<void> {
  const question = login.startsWith("github") ? "/github/account" : "/jira/account";
  for (const isFailing of [true, false]) {
    renewing?.fail(isFailing);
    renewing?.grants.endAccess();
    told.push((await places.side.api(alice).call("GET", question)).text);
  }
}

/** In the direct chat: taken, wrong, with words too many, and while Jira fails. The message is redacted each time. */
async function typeTokens(): Promise<void> {
  for (const { jira, tokenCommand, aliceToken } of jiras.sides) {
    for (const fault of [{ kind: "status", status: 401 }, { kind: "status", status: 500 }, { kind: "cut" }, { kind: "page" }] as const) {
      jira.failWith(fault);
      await typeAndSeeRedacted(chat, tokenCommand);
    }
    jira.failWith();
    for (const typed of [`${tokenCommand} and more`, `jira token ${aliceToken}`, `jira token nowhere ${aliceToken}`, tokenCommand]) {
      await typeAndSeeRedacted(chat, typed);
    }
  }
  expect(await answerTo(alice, chat, "jira whoami")).toContain("Alice Archer");
}

async function typeAndSeeRedacted(roomId: string, typed: string): Promise<string> {
  const asked = await alice.sendText(roomId, typed);
  const answer = await alice.waitForEvent(roomId, ({ type: kind, sender }) => kind === "m.room.message" && sender === bot, {
    after: asked,
  });
  await waitForRedaction(roomId, asked);
  return bodyOf(answer);
}

async function waitForRedaction(roomId: string, eventId: string): Promise<void> {
  const isGone = async (): Promise<true | undefined> => {
    const event = (await alice.readTimeline(roomId, 500)).find(({ event_id: id }) => id === eventId);
    return event !== undefined && Object.keys(event.content).length === 0 ? true : undefined;
  };
  await poll(isGone, { what: `the redaction of ${eventId}`, timeoutMs: 20_000 });
}

/** In a room: refused and redacted, or where the bot may not, the person is asked to delete it. */
async function typeTokensElsewhere(roomId: string): Promise<void> {
  const words = jiras.server.tokenCommand;
  for (const typed of [
    words,
    `!${words}`,
    `!hookshot ${words}`,
    words.replace(/^jira/, "!jira"),
    words.toUpperCase().replace(/PLANTED\S+/, jiras.server.aliceToken),
  ]) {
    const answer = await typeAndSeeRedacted(roomId, typed);
    expect(answer).toContain("direct chat");
    expect(answer).toContain("revoke");
  }
  const powerless = await all.roomWithBot(alice, { botPower: 0 });
  const asked = await alice.sendText(powerless, `!${words}`);
  const answer = await alice.waitForEvent(powerless, ({ type: kind, sender }) => kind === "m.room.message" && sender === bot, {
    after: asked,
  });
  expect(bodyOf(answer)).toContain("Delete your message now");
  expect((await alice.readTimeline(powerless)).find(({ event_id: id }) => id === asked)?.content).not.toEqual({});
  await alice.redact(powerless, asked);
  told.push(JSON.stringify(await alice.readTimeline(powerless)));
}

/** Commands as oneself, while Jira works and while it fails. */
async function useTokens(roomId: string): Promise<void> {
  const { jira } = jiras.server;
  await type(alice, roomId, "!jira create Task As myself");
  for (const fault of [{ kind: "status", status: 401 }, { kind: "status", status: 403 }, { kind: "cut" }, { kind: "page" }] as const) {
    jira.failWith(fault);
    await answerTo(alice, roomId, "!jira issue-types");
  }
  jira.failWith();
}

/** A token that Jira has not judged yet lies in the data folder, sealed. */
async function stopWhileTokensWait(): Promise<void> {
  const { jira, tokenCommand } = jiras.server;
  jira.failWith({ kind: "held" });
  const asked = jira.received(/\/myself$/);
  const typed = await alice.sendText(chat, tokenCommand);
  await asked;
  await all.stopSwitchboard();
  foundBetween.push(...(await findSecrets()));
  jira.failWith();

  await all.startSwitchboard();
  await waitForRedaction(chat, typed);
  expect(await answerTo(alice, chat, "jira whoami")).toContain("Alice Archer");
}

/** Without a key nothing can be sealed: the words are cut off before anything is stored. */
async function typeWithoutKey(): Promise<void> {
  const { dataFolder, keyFile, folder } = all.installation;
  const { tokenCommand } = jiras.server;
  const path = join(folder, "data-without-key");
  await all.restartSwitchboard({ storage: { path } });
  expect(await typeAndSeeRedacted(chat, tokenCommand)).toContain("storage.keyFile");

  await all.synapse.pause();
  const edit = {
    "m.relates_to": { rel_type: "m.replace", event_id: "$other" },
    "m.new_content": { msgtype: "m.text", body: tokenCommand },
  };
  const contents = [
    { body: tokenCommand },
    { body: `!${tokenCommand}`, formatted_body: `<b>!${tokenCommand}</b>`, format: "org.matrix.custom.html" },
    { body: `* ${tokenCommand}`, ...edit },
  ];
  const events = contents.map((content, position) => ({
    ...{ type: "m.room.message", room_id: chat, sender: alice.userId, event_id: `$cut-${position}`, origin_server_ts: Date.now() },
    content: { msgtype: "m.text", ...content },
  }));
  expect((await all.transaction("without-key", events)).status).toBe(200);
  await all.stopSwitchboard();
  // They wait there, and can only be looked through where they are.
  expect((await readRecords(path)).filter(([key, value]) => /\$cut-\d/.test(key + value)).length).toBeGreaterThanOrEqual(events.length);
  foundBetween.push(...(await findSecrets(path)));
  await all.synapse.resume();
  await all.startSwitchboard({ sections: { storage: { path: dataFolder, keyFile } } });
}

/** Everything that nobody may see but whom it is for, by what it is. */
function secrets(): readonly (readonly [name: string, value: string])[] {
  const { side, given, cloudSecret } = places;
  const planted = { ...all.secrets, ...personalTokens(), ...side.secrets, cloudSecret };
  return [...Object.entries<string>(planted), ...made, ...given.map((value, index) => [`given ${index}`, value] as const)];
}

/** Names of the secrets that the text holds, as they are or encoded. */
function secretsIn(text: string): readonly string[] {
  return secrets().flatMap(([name, value]) => {
    const forms = [value, Buffer.from(value).toString("hex"), Buffer.from(value).toString("base64").replace(/=+$/, "")];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

it("no secret is in the log", () => {
  expect(all.log.length).toBeGreaterThan(10);
  expect(all.log.filter((line) => secretsIn(line).length > 0)).toEqual([]);
});

it("no secret is in the metrics", () => {
  expect(metrics).toContain("switchboard_");
  expect(secretsIn(metrics)).toEqual([]);
});

it("no secret is in what clients, homeserver and rooms were told", () => {
  // Links hold states, and at OAuth 1.0a a token that is of no use to others.
  const shown = new Set(due.flatMap((text) => secretsIn(text)));
  expect([...shown].filter((name) => !/^(state|given) \d+$/.test(name))).toEqual([]);
  expect(told.map((text) => secretsIn(text).filter((name) => !shown.has(name))).flat()).toEqual([]);
});

it("the story had every kind of secret in it", () => {
  expect(places.given.length).toBeGreaterThan(40);
  expect([...made.keys()].filter((name) => name.startsWith("state ")).length).toBeGreaterThan(10);
  expect(new Set(secrets().map(([, value]) => value.length < 16))).toEqual(new Set([false]));
});

/** Looks through the files of the data folder, and through the keys and values that they mean: files may be compressed. */
async function findSecrets(dataFolder = all.installation.dataFolder): Promise<readonly Found[]> {
  const { files, records } = await readDataFolder(dataFolder);
  expect(files.length).toBeGreaterThan(2);
  expect(records.length).toBeGreaterThan(20);
  const found = [...files, ...records].map(({ where, text }) => ({ where, secrets: secretsIn(text) }));
  return found.filter(({ secrets }) => secrets.length > 0);
}

it("no secret is in the data folder: neither in its files nor in the store's keys and values", async () => {
  expect(await findSecrets()).toEqual([]);
});

it("no secret was there while tokens waited to be tried, with a key and without", () => {
  expect(foundBetween).toEqual([]);
});

it("a wrong key ends the start with a sentence that names its file, and the right one works again", async () => {
  const { keyFile } = all.installation;
  const right = await readFile(keyFile);
  await writeFile(keyFile, randomBytes(32));

  await expect(all.startSwitchboard()).rejects.toThrow(keyFile);

  await all.stopSwitchboard();
  await writeFile(keyFile, right);
  await all.startSwitchboard();
  expect(await answerTo(alice, chat, "jira whoami")).toContain("Alice Archer");
});

it("logout forgets at once: neither an answer nor the store has the login any more", async () => {
  const loginsIn = async (): Promise<number> => {
    await all.stopSwitchboard();
    const entries = await readRecords(all.installation.dataFolder);
    await all.startSwitchboard();
    return entries.filter(([key]) => key.includes("!logins-jira!") && key.includes(alice.userId)).length;
  };
  const before = await loginsIn();

  await answerTo(alice, chat, "jira logout");

  expect(await answerTo(alice, chat, "jira whoami")).toContain("You are not logged into JIRA.");
  expect([before, await loginsIn()]).toEqual([2, 0]);
});
