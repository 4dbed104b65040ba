import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import { FakeHomeserverProcess } from "../test/support/fake-homeserver-process.js";
import { hookSender, loadScript, type LoadSender } from "../test/support/load-senders.js";
import { quantile } from "./statistics.js";
import { asToken, bot, domain, installSwitchboard, secret, startSwitchboard } from "./surroundings.js";

/*
 * What hooks whose functions misbehave cost the others: 50 calls a second, half of them of hooks with a function, alone (the base) and
 * beside three hooks that are called twice a second each and loop, allocate without end, or return megabytes.
 */

const callsPerSecond = 50;
const badCallsPerSecond = 2;
const seconds = 20;
const hooksOfEachKind = 10;
const latestMs = 60_000;

const badScripts: Readonly<Record<string, string>> = {
  loops: "for (;;) {}",
  allocates: "const all = []; for (;;) all.push(new Array(10000).fill('x'));",
  returns: "result = { version: 'v2', plain: 'x'.repeat(8 * 1024 * 1024) };",
};

const plain = hooks("plain");
const scripted = hooks("scripted", loadScript);
const bad = Object.entries(badScripts).map(([name, script]) => hookSender({ name, bot, secret }, script));

function hooks(kind: string, script?: string): readonly LoadSender[] {
  return Array.from({ length: hooksOfEachKind }, (_, index) => hookSender({ name: `${kind}${index}`, bot, secret }, script));
}

interface Times {
  readonly plain: readonly number[];
  readonly scripted: readonly number[];
  /** Events of well-behaved hooks that never came. */
  readonly missing: number;
}

/** Calls the senders by turns, so many times a second. @returns when each event was sent, by its number */
async function call(pool: Pool, senders: readonly LoadSender[], perSecond: number, first: number): Promise<ReadonlyMap<number, number>> {
  const sentAt = new Map<number, number>();
  const answers: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueInMs = startedAt + (index * 1_000) / perSecond - performance.now();
    if (dueInMs > 0) await pause(dueInMs);
    const sender = senders[index % senders.length];
    if (sender === undefined) break;
    sentAt.set(first + index, performance.timeOrigin + performance.now());
    const sending = pool.request({ method: "POST", path: sender.path, ...sender.webhook(first + index) });
    answers.push(sending.then(({ body }) => body.dump()));
  }
  await Promise.all(answers);
  return sentAt;
}

async function receivedAt(homeserver: FakeHomeserverProcess): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  for (const event of Object.values(await homeserver.events()).flat()) {
    const number = Number(/"event (\d+)"/.exec(String(event.content["body"]))?.[1]);
    if (!found.has(number)) found.set(number, event.origin_server_ts);
  }
  return found;
}

async function measure(isBeside: boolean): Promise<Times> {
  const homeserver = await FakeHomeserverProcess.start({
    ...{ asToken, serverName: domain },
    rooms: [...plain, ...scripted, ...bad].map(({ room }, index) => {
      return { roomId: `!hook${index}:${domain}`, creator: `@alice:${domain}`, members: [bot], ...room };
    }),
  });
  const generic = { urlPrefix: "http://127.0.0.1/webhook/", allowJsTransformationFunctions: true };
  const installation = await installSwitchboard(homeserver, { generic });
  const subject = await startSwitchboard(installation);
  const pool = new Pool(`http://127.0.0.1:${subject.port}`, { connections: 64 });
  try {
    // The rooms of a new installation are read in its first moments.
    await pause(3_000);
    const besides = isBeside ? call(pool, bad, badCallsPerSecond * bad.length, 1_000_000) : Promise.resolve(new Map());
    const [sentPlain, sentScripted] = await Promise.all([
      call(pool, plain, callsPerSecond / 2, 0),
      call(pool, scripted, callsPerSecond / 2, 100_000),
      besides,
    ]);
    const all = [...sentPlain, ...sentScripted];
    let came = await receivedAt(homeserver);
    for (const latest = performance.now() + latestMs; performance.now() < latest && !all.every(([number]) => came.has(number));) {
      await pause(500);
      came = await receivedAt(homeserver);
    }
    const times = (sent: ReadonlyMap<number, number>): number[] =>
      [...sent].flatMap(([number, at]) => (came.has(number) ? [(came.get(number) ?? 0) - at] : []));
    return { plain: times(sentPlain), scripted: times(sentScripted), missing: all.filter(([number]) => !came.has(number)).length };
  } finally {
    await pool.close();
    await subject.stop();
    await homeserver.stop();
    await installation.remove();
  }
}

/** Prints how long events of well-behaved hooks took, alone and beside misbehaving ones. */
export async function benchHookFunctions(print: (line: string) => void): Promise<void> {
  print(`hook functions, ${callsPerSecond} calls a second for ${seconds} s, half of them of hooks with a function`);
  for (const [name, isBeside] of [["alone", false] as const, ["beside hooks that loop, allocate, return megabytes", true] as const]) {
    const times = await measure(isBeside);
    const describe = (values: readonly number[]): string =>
      `p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms, latest ${Math.max(...values).toFixed(0)} ms`;
    print(`  ${name}`);
    print(`    without function: ${describe(times.plain)}`);
    print(`    with function:    ${describe(times.scripted)}`);
    print(`    never came:       ${times.missing}`);
  }
}
