import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../support/ask.js";
import { readDataFolder, readRecords } from "../support/data-folder.js";
import { answerTo, bodyOf, bot, EndToEnd, hear, type } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";
import { TwoJiras } from "../support/two-jiras.js";

interface Found {
  readonly where: string;
  readonly secrets: readonly string[];
}

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

/** A story with everything in it that handles a secret: right, wrong, and failing. */
beforeAll(async () => {
  all = await EndToEnd.start({ hasProxies: true, sections: { logging: { level: "trace", json: true } } });
  alice = await all.person("alice");
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

  metrics = await all.metrics();
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
  await all.stop();
});

function personalTokens(): Readonly<Record<string, string>> {
  const { server, cloud } = jiras;
  return { serverToken: server.aliceToken, cloudToken: cloud.aliceToken, cloudCredential: cloud.credential.token };
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

/** Names of the secrets that the text holds, as they are or encoded. */
function secretsIn(text: string): readonly string[] {
  return Object.entries<string>({ ...all.secrets, ...personalTokens() }).flatMap(([name, value]) => {
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
  expect(told.filter((text) => secretsIn(text).length > 0)).toEqual([]);
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
    return entries.filter(([key]) => key.includes("login") && key.includes(alice.userId)).length;
  };
  const before = await loginsIn();

  await answerTo(alice, chat, "jira logout");

  expect(await answerTo(alice, chat, "jira whoami")).toContain("You are not logged into JIRA.");
  expect([before, await loginsIn()]).toEqual([2, 0]);
});
