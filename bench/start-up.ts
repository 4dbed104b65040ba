import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import type { FakeHomeserverProcess } from "../test/support/fake-homeserver-process.js";
import { SwitchboardProcess, type Installation } from "../test/support/switchboard-process.js";
import { poll } from "../test/support/poll.js";
import { mebibytes } from "./statistics.js";
import { installSwitchboard, makeWebhooks, projectNames, roomOf, startHomeserver } from "./surroundings.js";

/*
 * Start-up with many connected rooms and a homeserver that takes 10 ms for each answer: time from the start of the process to the first
 * webhook accepted, and to its message at the homeserver; requests to the homeserver until then; resident memory.
 * Cold: no data folder, so all rooms are read first. Warm: started again on the same folder.
 */

const roomCounts = [100, 1_000, 5_000];
const homeserverDelayMs = 10;

interface Start {
  readonly acceptedMs: number;
  readonly deliveredMs: number;
  readonly requests: number;
  readonly residentBytes: number;
}

async function start(
  installation: Installation,
  homeserver: FakeHomeserverProcess,
  number: number,
  options: { project: string; waitMs?: number },
): Promise<Start> {
  await homeserver.resetCounters();
  const [webhook] = makeWebhooks([options.project], 1, number);
  if (webhook === undefined) throw new TypeError("no webhook");
  const pool = new Pool(`http://127.0.0.1:${installation.webhookPort}`, { connections: 1 });
  const life = new SwitchboardProcess(installation);
  try {
    await untilAccepted(pool, webhook, life);
    const acceptedMs = performance.now() - life.startedAt;
    const delivered = await untilDelivered(homeserver, options.project, number);
    const deliveredMs = delivered - (performance.timeOrigin + life.startedAt);
    const requests = Object.values(await homeserver.counters()).reduce((sum, count) => sum + count, 0);
    await pause(options.waitMs ?? 1_000);
    return { acceptedMs, deliveredMs, requests, residentBytes: await life.residentBytes() };
  } finally {
    await pool.destroy();
    await life.stop();
  }
}

async function untilAccepted(
  pool: Pool,
  webhook: { body: Buffer; headers: Record<string, string> },
  life: SwitchboardProcess,
): Promise<void> {
  while (life.isAlive) {
    try {
      const { statusCode, body } = await pool.request({ method: "POST", path: "/jira/webhook", ...webhook });
      await body.dump();
      if (statusCode === 200) return;
      throw new Error(`The first answer was ${statusCode}`);
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      await pause(5);
    }
  }
  throw new Error(life.log);
}

/** @returns when the homeserver received it; milliseconds since the epoch */
async function untilDelivered(homeserver: FakeHomeserverProcess, project: string, number: number): Promise<number> {
  const find = async (): Promise<number | undefined> => {
    const events = await homeserver.messagesIn(roomOf(project));
    return events.find((event) => String(event.content["body"]).includes(`"event ${number}"`))?.origin_server_ts;
  };
  return poll(find, { what: "the first webhook is delivered", timeoutMs: 120_000, everyMs: 5 });
}

/** Prints cold and warm starts by number of rooms. */
export async function benchStartUp(print: (line: string) => void): Promise<void> {
  print(`start-up, homeserver answering after ${homeserverDelayMs} ms; from the start of the process`);
  for (const count of roomCounts) {
    const projects = projectNames(count);
    const project = projects[count - 1] ?? "P0";
    const homeserver = await startHomeserver(projects);
    const installation = await installSwitchboard(homeserver);
    try {
      await homeserver.setFaults({ delayMs: homeserverDelayMs });
      const cold = await start(installation, homeserver, 1, { project, waitMs: 15_000 + count * 6 });
      print(`  ${String(count).padStart(5)} rooms, cold: ${describe(cold)}`);
      const warm = await start(installation, homeserver, 2, { project });
      print(`  ${String(count).padStart(5)} rooms, warm: ${describe(warm)}`);
    } finally {
      await homeserver.stop();
      await installation.remove();
    }
  }
}

function describe({ acceptedMs, deliveredMs, requests, residentBytes }: Start): string {
  return `accepted after ${acceptedMs.toFixed(0)} ms, delivered after ${deliveredMs.toFixed(0)} ms, ${requests} homeserver requests until then, ${mebibytes(residentBytes)}`;
}
