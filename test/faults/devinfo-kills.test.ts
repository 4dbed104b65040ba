import { setTimeout as pause } from "node:timers/promises";
import { Client } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DevinfoEntityType } from "../../src/core/devinfo.js";
import { ask } from "../support/ask.js";
import { readCopiedRecords } from "../support/data-folder.js";
import { dumpDevinfo, placeText } from "../support/devinfo-dump.js";
import {
  DevinfoSender,
  differences,
  sentIssueKeys,
  sequenceOf,
  sharedRepositories,
  type KnownEntities,
} from "../support/devinfo-sender.js";
import { poll } from "../support/poll.js";
import { seededRandom } from "../support/seeded-random.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../support/switchboard-process.js";

// Tools send development information over several connections and delete it again, while the process is ended by SIGKILL at any moment. What was
// acknowledged is there after the next start, and what was deleted is not; each request is carried out as a whole or not at all.
// DEVINFO_KILLS=50 makes more of them than the usual five, DEVINFO_SEED=2 others.

const kills = Number(process.env["DEVINFO_KILLS"] ?? 5);
const random = seededRandom(Number(process.env["DEVINFO_SEED"] ?? 1));
const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];
const prefix = "/rest/devinfo/0.10";
/** Of a repository, in an answer. */
const mostEntities = 400;

const senders = ["a", "b", "c", "d"].map((name) => new DevinfoSender(name, random));

let installation: Installation;
let running: SwitchboardProcess;
let bearer: string;

beforeAll(async () => {
  installation = await createInstallation({
    ...{ homeserverUrl: "http://127.0.0.1:9", domain: "fake.test", asToken: "as", hsToken: "hs" },
    ...{ jiraSecret: "s", jiraUrl: "http://127.0.0.1:9" },
    more: {
      api: { tokens: [{ name: "reader", token: "reader-token", scopes: ["devinfo"] }] },
      devinfo: { clients: [{ clientId: "ci", clientSecret: "client-secret", scopes: ["DELETE"] }] },
    },
    resources: ["webhooks", "devinfo"],
  });
});

afterAll(async () => {
  await running.kill();
  await installation.remove();
});

async function start(): Promise<void> {
  running = new SwitchboardProcess(installation, { entry });
  await running.ready(installation.webhookPort, 60_000);
  const granted = await ask(installation.webhookPort, "/oauth/token", {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify({ grant_type: "client_credentials", client_id: "ci", client_secret: "client-secret" }),
  });
  // RFC 6749, section 5.1.
  bearer = `Bearer ${(granted.json() as { readonly access_token: string }).access_token}`;
}

/** One request after the other, until the process is gone. */
async function sendUntilKilled(sender: DevinfoSender): Promise<void> {
  const client = new Client(`http://127.0.0.1:${installation.webhookPort}`);
  const headers = { authorization: bearer, "content-type": "application/json" };
  for (let isGone = false; !isGone;) {
    const { method, path, body } = sender.next();
    const answer = await client
      .request({ method, path: prefix + path, headers, ...(body === undefined ? {} : { body }) })
      .catch(() => undefined);
    const text = await answer?.body.text().catch(() => "");
    // The status is what acknowledges, whether or not the rest comes.
    if (answer !== undefined)
      expect([answer.statusCode, method, path, answer.statusCode === 202 ? "" : text]).toEqual([202, method, path, ""]);
    if (answer !== undefined) sender.acknowledge();
    isGone = answer === undefined;
  }
  await client.destroy();
}

/** Kills while requests are on their way, some time after so many were acknowledged. */
async function killUnderLoad(more: number): Promise<void> {
  const acknowledged = (): number => senders.reduce((sum, sender) => sum + sender.acknowledged, 0);
  const latest = acknowledged() + more;
  const sending = Promise.all(senders.map(sendUntilKilled));
  await Promise.race([
    poll(async () => (acknowledged() >= latest ? true : undefined), { what: `${more} answers`, timeoutMs: 60_000, everyMs: 1 }),
    sending,
  ]);
  await pause(random.fraction() * 20);
  await running.kill();
  await sending;
}

/** Reads the disk, on which indexes and entities must agree. @returns all entities, and how many repositories are not cleaned away yet */
async function readDisk(): Promise<{ readonly entities: KnownEntities; readonly uncleaned: readonly string[]; readonly marks: number }> {
  const records = await readCopiedRecords(installation.dataFolder, installation.folder);
  const { repositories, entities, missing, stray, uncleaned } = dumpDevinfo(records);
  expect({ missing: missing.slice(0, 5), stray: stray.slice(0, 5) }).toEqual({ missing: [], stray: [] });
  const ids = repositories.map(({ repositoryId }) => repositoryId);
  expect(ids, "each repository once").toHaveLength(new Set(ids).size);
  const known = entities.map((entity) => {
    // Of the types' samples, all of which have it.
    const { updateSequenceId } = JSON.parse(entity.json) as { readonly updateSequenceId: number };
    return [placeText(entity), [updateSequenceId, ...entity.issueKeys].join(" ")] as const;
  });
  const marks = uncleaned.filter((key) => key.startsWith("!devinfo!d")).length;
  return { entities: new Map(known), uncleaned, marks };
}

function expected(): KnownEntities {
  return new Map(senders.flatMap(({ stored }) => [...stored]));
}

interface AnsweredEntity {
  readonly id: string;
  readonly updateSequenceId: number;
  readonly issueKeys: readonly string[];
}

function toKnown(repositoryId: string, type: DevinfoEntityType, { id, updateSequenceId, issueKeys }: AnsweredEntity) {
  return [placeText({ repositoryId, type, id }), [updateSequenceId, ...issueKeys].join(" ")] as const;
}

async function expectRepository(repositoryId: string): Promise<void> {
  const answer = await ask(installation.webhookPort, `${prefix}/repository/${repositoryId}`, { headers: { authorization: bearer } });
  expect([200, 404]).toContain(answer.status);
  // The API's own shape, here and below; its tests hold it.
  const {
    commits = [],
    branches = [],
    pullRequests = [],
  } = (answer.status === 200 ? answer.json() : {}) as Partial<Record<"commits" | "branches" | "pullRequests", readonly AnsweredEntity[]>>;
  const given = [
    ...commits.map((each) => toKnown(repositoryId, "commit", each)),
    ...branches.map((each) => toKnown(repositoryId, "branch", each)),
    ...pullRequests.map((each) => toKnown(repositoryId, "pull_request", each)),
  ];
  const own = [...expected()].filter(([place]) => place.startsWith(`${repositoryId} `));
  expect(given, repositoryId).toHaveLength(Math.min(own.length, mostEntities));
  // Of what is equally old some is left out.
  const oldest = Math.min(...given.map(([, value]) => sequenceOf(value)));
  const isLeftOut = (value: string): boolean => given.length === mostEntities && sequenceOf(value) <= oldest;
  const known = new Map(given);
  const wanted = own.filter(([place, value]) => known.has(place) || !isLeftOut(value));
  expect(differences(known, new Map(wanted)), repositoryId).toEqual([]);
}

async function expectIssue(key: string): Promise<void> {
  const found: (readonly [place: string, value: string])[] = [];
  for (let page = ""; ;) {
    const headers = { authorization: "Bearer reader-token" };
    const answer = await ask(installation.webhookPort, `/api/v1/issues/${key}/devinfo${page}`, { headers });
    expect(answer.status).toBe(200);
    // As above.
    const { entities, next } = answer.json() as {
      readonly entities: readonly (AnsweredEntity & { readonly type: DevinfoEntityType; readonly repository: { readonly id: string } })[];
      readonly next: string | null;
    };
    found.push(...entities.map((entity) => toKnown(entity.repository.id, entity.type, entity)));
    if (next === null) break;
    page = `?page=${next}`;
  }
  const naming = [...expected()].filter(([, value]) => value.split(" ").includes(key));
  expect(found, key).toHaveLength(naming.length);
  expect(differences(new Map(found), new Map(naming)), key).toEqual([]);
}

async function expectEverything(): Promise<void> {
  for (const id of [...sharedRepositories, ...senders.flatMap(({ repositories }) => repositories)]) await expectRepository(id);
  for (const key of sentIssueKeys) await expectIssue(key);
}

function cleanedRepositories(): number {
  const line = /"repositories":(\d+)[^\n]*Deleted development information is cleaned away/g;
  return [...running.log.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it(`loses and doubles nothing that was acknowledged through ${kills} kills`, { timeout: kills * 24_000 + 48_000 }, async () => {
  let [cut, marks] = [0, 0];
  for (let life = 0; life < kills; life += 1) {
    await start();
    await expectEverything();

    await killUnderLoad(Math.floor(10 + random.fraction() * 60));

    cut += senders.filter(({ isUnanswered }) => isUnanswered).length;
    const disk = await readDisk();
    for (const sender of senders) expect(sender.settle(disk.entities)).toEqual([]);
    expect(differences(disk.entities, expected())).toEqual([]);
    marks = disk.marks;
  }

  await start();
  await expectEverything();
  await poll(async () => (cleanedRepositories() >= marks ? true : undefined), { what: "everything is cleaned away", timeoutMs: 20_000 });
  expect(await running.stop()).toBe(0);
  const { entities, uncleaned } = await readDisk();
  expect([differences(entities, expected()), uncleaned]).toEqual([[], []]);
  // Otherwise nothing was tried.
  expect([entities.size > 100, cut > 0]).toEqual([true, true]);
});
