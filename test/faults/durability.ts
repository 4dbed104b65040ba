import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Faults } from "../support/fake-homeserver-faults.js";
import { FakeHomeserverProcess } from "../support/fake-homeserver-process.js";
import { gitHubSender, hookSender, jiraSender, loadJiraUrl, loadScript, type LoadSender } from "../support/load-senders.js";
import { PatientClient, type LoadRequest } from "../support/patient-client.js";
import { seededRandom } from "../support/seeded-random.js";
import { freePorts } from "../support/free-ports.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../support/switchboard-process.js";
import { crashPoints } from "./crash-points.js";

/*
 * The durability run: the built product is killed again and again while webhooks arrive (of Jira, of GitHub, of hooks without and with a
 * transformation function, by turns) and the homeserver misbehaves.
 * Senders repeat a webhook only when no answer came, or 503, which means that nothing was taken: in every third life the disk refuses
 * writes for a while. At the end every acknowledged webhook must be in its room once, in order, and none may have been refused.
 *
 * Each sender has a room of its own and sends one webhook after the other, so its room must show them in that order.
 */

const senders = 24;
const leastWebhooks = Number(process.env["DURABILITY_WEBHOOKS"] ?? 5_000);
const leastKills = Number(process.env["DURABILITY_KILLS"] ?? 30);
const longestMs = 10 * 60_000;
const domain = "fake.test";
const bot = `@hookshot:${domain}`;
const secret = "durability-secret";
const random = seededRandom(Number(process.env["DURABILITY_SEED"] ?? 1));
// Resolved here: the process runs in a folder of its own, from which no package is found.
const crashingEntry = ["--import", import.meta.resolve("tsx"), fileURLToPath(new URL("crashing-main.ts", import.meta.url))];

const rooms = Array.from({ length: senders }, (_, index) => {
  const options = { name: `PLAY${String.fromCharCode(65 + index)}`, bot, secret };
  const kinds: readonly (() => LoadSender)[] = [
    () => jiraSender(options),
    () => gitHubSender(options),
    () => hookSender(options),
    () => hookSender(options, loadScript),
  ];
  const sender = kinds[index % kinds.length]?.() ?? jiraSender(options);
  return { roomId: `!room${index}:${domain}`, sender };
});

/** Faults that come and go. Each is a while of trouble in a real homeserver's life. */
const troubles: readonly Partial<Faults>[] = [
  { storeAndCutShare: 0.3 },
  { failShare: 0.4, failStatus: 502 },
  { cutShare: 0.3 },
  { rateLimitShare: 0.2, retryAfterMs: 150 },
  { stallShare: 0.02, stallMs: 1_500 },
  { delayMs: 20, storeAndCutShare: 0.1 },
];

interface Tally {
  sent: number;
  acknowledged: Map<string, number[]>;
  /** Answers that nothing was taken just now. */
  unavailable: number;
  /** Answers other than that, 200 and 202. */
  refused: number;
  kills: number;
}

const tally: Tally = { sent: 0, acknowledged: new Map(rooms.map(({ roomId }) => [roomId, []])), unavailable: 0, refused: 0, kills: 0 };
let isEnding = false;
const isOver = (): boolean => isEnding;
/** Something went wrong with the run itself; senders must not wait for answers any more. */
let isBroken = false;

async function sendWithoutEnd(room: (typeof rooms)[number], client: PatientClient): Promise<void> {
  for (let number = 1; !isOver(); number += 1) {
    const webhook = room.sender.webhook(number);
    tally.sent += 1;
    const status = await sendToItsEnd(room.sender.path, webhook, client);
    if (status === 200 || status === 202) tally.acknowledged.get(room.roomId)?.push(number);
    else tally.refused += 1;
    await pause(random.fraction() * 20);
  }
}

/** What was begun is sent to its end, or the run could not say whether it counts. */
async function sendToItsEnd(path: string, webhook: LoadRequest, client: PatientClient): Promise<number | undefined> {
  for (;;) {
    const status = await client.post(path, webhook, () => isBroken);
    if (status !== 503) return status;
    tally.unavailable += 1;
    await pause(50);
  }
}

async function makeTrouble(homeserver: FakeHomeserverProcess): Promise<void> {
  for (let count = 0; !isOver(); count += 1) {
    const trouble = troubles[count % troubles.length];
    if (trouble !== undefined) await homeserver.setFaults(trouble);
    await pause(700 + random.fraction() * 1_300);
    await homeserver.setFaults({});
    await pause(200);
    if (count % 3 === 2) await homeserver.restart(200 + random.fraction() * 1_500);
  }
  await homeserver.setFaults({});
}

/** Kills at random moments, and once at each arrow of the flow, where the process kills itself. @returns the life after the last kill */
async function killWithoutEnd(installation: Installation): Promise<SwitchboardProcess> {
  const arrows = [...crashPoints];
  while (!isOver()) {
    const arrow = tally.kills % 2 === 1 ? arrows.shift() : undefined;
    const hasDiskTrouble = tally.kills % 3 === 2;
    const env = { ...(arrow === undefined ? {} : { CRASH_AT: arrow }), ...(hasDiskTrouble ? { DISK_TROUBLE: "1" } : {}) };
    const life = new SwitchboardProcess(installation, Object.keys(env).length === 0 ? {} : { entry: crashingEntry, env });
    try {
      await untilReadyOrKilled(life, installation);
      // Trouble with the disk comes every three seconds.
      if (arrow === undefined) await pause(100 + random.fraction() * (hasDiskTrouble ? 4_000 : 1_400));
      else await Promise.race([life.exited, pause(10_000)]);
      if (arrow !== undefined && life.isAlive) throw new Error(`The process did not come by the crash point ${arrow}`);
    } finally {
      await life.kill();
    }
    tally.kills += 1;
    if (tally.kills % 10 === 0) console.log(`${tally.kills} kills, ${tally.sent} webhooks sent`);
  }
  const last = new SwitchboardProcess(installation);
  await last.ready(installation.webhookPort);
  return last;
}

/** At some arrows the process kills itself while it starts, which is a kill like any other; ending by itself is not. */
async function untilReadyOrKilled(life: SwitchboardProcess, installation: Installation): Promise<void> {
  try {
    await life.ready(installation.webhookPort);
  } catch (error) {
    if (life.isAlive || (await life.exited) !== null) throw error;
  }
}

async function count(homeserver: FakeHomeserverProcess): Promise<{ delivered: number; lost: number; doubled: number; disordered: number }> {
  const events = await homeserver.events();
  const result = { delivered: 0, lost: 0, doubled: 0, disordered: 0 };
  for (const { roomId } of rooms) {
    const numbers = (events[roomId] ?? []).flatMap((event) => {
      const match = /"event (\d+)"/.exec(String(event.content["body"]));
      return match === null ? [] : [Number(match[1])];
    });
    const unique = new Set(numbers);
    result.delivered += unique.size;
    result.doubled += numbers.length - unique.size;
    result.lost += (tally.acknowledged.get(roomId) ?? []).filter((number) => !unique.has(number)).length;
    result.disordered += numbers.filter((number, position) => position > 0 && number < (numbers[position - 1] ?? 0)).length;
  }
  return result;
}

function appKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

async function run(): Promise<boolean> {
  const [homeserverPort = 0, webhookPort = 0, appservicePort = 0] = await freePorts(3);
  const homeserver = await FakeHomeserverProcess.start({
    asToken: "as-token",
    serverName: domain,
    port: homeserverPort,
    appservice: { url: `http://127.0.0.1:${appservicePort}`, hsToken: "hs-token" },
    rooms: rooms.map(({ roomId, sender }) => ({ roomId, creator: `@alice:${domain}`, members: [bot], ...sender.room })),
  });
  const settings = {
    homeserverUrl: homeserver.url,
    domain,
    asToken: "as-token",
    hsToken: "hs-token",
    jiraSecret: secret,
    jiraUrl: loadJiraUrl,
  };
  const more = {
    // Nobody answers there: what this run needs of GitHub are its webhooks.
    github: { enterpriseUrl: "http://127.0.0.1:9", auth: { id: 1, privateKeyFile: "github.pem" }, webhook: { secret } },
    generic: { urlPrefix: `http://127.0.0.1:${webhookPort}/webhook/`, allowJsTransformationFunctions: true },
  };
  const installation = await createInstallation({ ...settings, more }, [webhookPort, appservicePort]);
  await writeFile(join(installation.folder, "github.pem"), appKey());
  const client = new PatientClient(`http://127.0.0.1:${webhookPort}`, senders);
  const startedAt = performance.now();
  try {
    const life = killWithoutEnd(installation);
    const load = Promise.all([...rooms.map((room) => sendWithoutEnd(room, client)), makeTrouble(homeserver)]);
    while ((tally.kills < leastKills || tally.sent < leastWebhooks) && performance.now() - startedAt < longestMs) {
      await Promise.race([pause(100), life]);
    }
    isEnding = true;
    const last = await life;
    await load;
    const acknowledged = [...tally.acknowledged.values()].reduce((sum, numbers) => sum + numbers.length, 0);
    for (const latest = performance.now() + 120_000; performance.now() < latest && (await count(homeserver)).delivered < acknowledged;)
      await pause(250);
    // A moment more, in which something doubled would show.
    await pause(1_500);
    const { delivered, lost, doubled, disordered } = await count(homeserver);
    const exitCode = await last.stop();
    console.log(
      `sent ${tally.sent}, acknowledged ${acknowledged}, repeated by the sender ${client.repeats}, not available ${tally.unavailable}, ` +
        `refused ${tally.refused}, delivered ${delivered}, lost ${lost}, doubled ${doubled}, out of order ${disordered}, kills ${tally.kills}, exit code of the last stop ${exitCode}`,
    );
    const isEnough = tally.kills >= leastKills && acknowledged >= leastWebhooks;
    if (!isEnough) console.log(`Too little happened: at least ${leastWebhooks} webhooks and ${leastKills} kills are asked for.`);
    if (lost > 0 || exitCode !== 0) console.log(last.log.slice(-5_000));
    return isEnough && exitCode === 0 && tally.refused + lost + doubled + disordered === 0;
  } finally {
    isEnding = true;
    isBroken = true;
    await client.close();
    await homeserver.stop();
    await installation.remove();
  }
}

process.exitCode = (await run()) ? 0 : 1;
