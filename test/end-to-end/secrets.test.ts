import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { openStorage } from "../../src/storage/open.js";
import { ask } from "../support/ask.js";
import { answerTo, EndToEnd, hear } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";

let all: EndToEnd;
let alice: MatrixPerson;
let metrics: string;
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

  metrics = await all.metrics();
  told.push(JSON.stringify(await alice.readTimeline(roomId, 500)), JSON.stringify(await alice.getState(roomId)));
  await all.stopSwitchboard();
  // The story would prove nothing if a secret were another than the one in use.
  expect([asToken, hsToken, jiraSecret, jiraToken].every((value) => value.startsWith("planted-"))).toBe(true);
});

afterAll(() => all.stop());

/** Names of the secrets that the text holds, as they are or encoded. */
function secretsIn(text: string): readonly string[] {
  return Object.entries<string>({ ...all.secrets }).flatMap(([name, value]) => {
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

it("no secret is in the files of the data folder", async () => {
  const entries = await readdir(all.installation.dataFolder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());

  expect(files.length).toBeGreaterThan(2);
  for (const file of files) {
    const content = await readFile(join(file.parentPath, file.name), "latin1");
    expect({ file: file.name, secrets: secretsIn(content) }).toEqual({ file: file.name, secrets: [] });
  }
});

it("no secret is in a key or value of the store", async () => {
  // Files may be compressed, so what they mean is looked at, too.
  const storage = await openStorage(all.installation.dataFolder, { clock: systemClock, random: systemRandom });
  const entries = await storage.database.iterator().all();
  await storage.close();

  expect(entries.length).toBeGreaterThan(20);
  expect(entries.filter(([key, value]) => secretsIn(key + value).length > 0)).toEqual([]);
});
