import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import type { FakeHomeserverProcess } from "../test/support/fake-homeserver-process.js";
import { poll } from "../test/support/poll.js";
import { mebibytes, median, quantile, spread } from "./statistics.js";
import {
  installSwitchboard,
  makeWebhooks,
  projectNames,
  startBareForwarder,
  startHomeserver,
  startSwitchboard,
  type Subject,
} from "./surroundings.js";

/*
 * From a signed webhook to a message at the homeserver, the store synced.
 * Closed loop: 64 senders, each sends the next webhook when the last one is acknowledged; the time ends when all messages are there.
 * Open loop: 200 webhooks a second whatever happens; each one's time from request sent to message received.
 */

const rounds = 5;
const senders = 64;
const closedLoopCount = 15_000;
const openLoopRate = 200;
const openLoopSeconds = 8;
const memoryCount = 50_000;
const projects = projectNames(500);

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function messagesAt(homeserver: FakeHomeserverProcess): Promise<number> {
  return (await homeserver.counters())["send"] ?? 0;
}

async function untilReceived(homeserver: FakeHomeserverProcess, count: number): Promise<void> {
  const areThere = async (): Promise<true | undefined> => ((await messagesAt(homeserver)) >= count ? true : undefined);
  await poll(areThere, { what: `${count} messages come`, timeoutMs: 60_000, everyMs: 5 });
}

async function sendAll(port: number, webhooks: ReturnType<typeof makeWebhooks>): Promise<void> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: senders });
  let next = 0;
  async function sendOneAfterTheOther(): Promise<void> {
    for (let webhook = webhooks[next++]; webhook !== undefined; webhook = webhooks[next++]) {
      const { statusCode, body } = await pool.request({ method: "POST", path: "/jira/webhook", ...webhook });
      await body.dump();
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
    }
  }
  await Promise.all(Array.from({ length: senders }, sendOneAfterTheOther));
  await pool.close();
}

async function closedLoop(subject: Subject, homeserver: FakeHomeserverProcess): Promise<number> {
  const webhooks = makeWebhooks(projects, closedLoopCount);
  await homeserver.resetCounters();
  const startedAt = performance.now();
  await sendAll(subject.port, webhooks);
  await untilReceived(homeserver, closedLoopCount);
  return closedLoopCount / ((performance.now() - startedAt) / 1_000);
}

async function openLoop(subject: Subject, homeserver: FakeHomeserverProcess, first: number): Promise<readonly number[]> {
  const count = openLoopRate * openLoopSeconds;
  const webhooks = makeWebhooks(projects, count, first);
  const sentAt = new Map<number, number>();
  const pool = new Pool(`http://127.0.0.1:${subject.port}`, { connections: senders });
  await homeserver.resetCounters();
  const startedAt = performance.now();
  const answers: Promise<unknown>[] = [];
  for (const [index, webhook] of webhooks.entries()) {
    const dueInMs = startedAt + (index * 1_000) / openLoopRate - performance.now();
    if (dueInMs > 0) await pause(dueInMs);
    sentAt.set(first + index, performance.timeOrigin + performance.now());
    answers.push(pool.request({ method: "POST", path: "/jira/webhook", ...webhook }).then(({ body }) => body.dump()));
  }
  await Promise.all(answers);
  await untilReceived(homeserver, count);
  await pool.close();
  return latencies(await homeserver.events(), sentAt);
}

function latencies(events: Awaited<ReturnType<FakeHomeserverProcess["events"]>>, sentAt: ReadonlyMap<number, number>): number[] {
  const found = new Map<number, number>();
  for (const event of Object.values(events).flat()) {
    const number = Number(/"event (\d+)"/.exec(String(event.content["body"]))?.[1]);
    const sent = sentAt.get(number);
    if (sent !== undefined && !found.has(number)) found.set(number, event.origin_server_ts - sent);
  }
  return [...found.values()];
}

async function measure(start: (homeserver: FakeHomeserverProcess) => Promise<Subject>): Promise<Round> {
  const homeserver = await startHomeserver(projects);
  const subject = await start(homeserver);
  try {
    // Warm up: code compiled, connections open.
    await sendAll(subject.port, makeWebhooks(projects, 2_000, 10_000_000));
    await untilReceived(homeserver, 2_000);
    const perSecond = await closedLoop(subject, homeserver);
    const times = await openLoop(subject, homeserver, 1_000_000);
    return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    await subject.stop();
    await homeserver.stop();
  }
}

async function startInstalled(homeserver: FakeHomeserverProcess): Promise<Subject> {
  const installation = await installSwitchboard(homeserver);
  const subject = await startSwitchboard(installation);
  return {
    ...subject,
    async stop() {
      await subject.stop();
      await installation.remove();
    },
  };
}

/** Prints throughput and latency beside the bare forwarder, then memory after many webhooks. */
export async function benchWebhookToMessage(print: (line: string) => void): Promise<void> {
  const ours: Round[] = [];
  const bare: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await measure(startBareForwarder));
    ours.push(await measure(startInstalled));
  }
  const ratios = ours.map((round, index) => round.perSecond / (bare[index]?.perSecond ?? Number.NaN));
  print(`webhook to message, ${rounds} interleaved rounds, ${projects.length} rooms; median (range)`);
  for (const [name, results] of [["bare forwarder", bare] as const, ["switchboard", ours] as const]) {
    print(
      `  ${name.padEnd(15)} closed loop ${spread(results.map((one) => one.perSecond))}/s` +
        `   at ${openLoopRate}/s: p50 ${spread(
          results.map((one) => one.p50),
          1,
        )} ms, p99 ${spread(
          results.map((one) => one.p99),
          1,
        )} ms`,
    );
  }
  print(
    `  ratio           ${spread(ratios.map((ratio) => ratio * 100))} % of the bare forwarder (median of paired rounds ${(median(ratios) * 100).toFixed(0)} %)`,
  );
  await benchMemory(print);
}

async function benchMemory(print: (line: string) => void): Promise<void> {
  const homeserver = await startHomeserver(projects);
  const subject = await startInstalled(homeserver);
  try {
    for (let sent = 0; sent < memoryCount; sent += 10_000) await sendAll(subject.port, makeWebhooks(projects, 10_000, sent));
    await untilReceived(homeserver, memoryCount);
    print(`  resident memory after ${memoryCount} webhooks: ${mebibytes(await subject.residentBytes())}`);
  } finally {
    await subject.stop();
    await homeserver.stop();
  }
}
