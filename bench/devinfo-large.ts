import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import { bodyOf, entitiesPerRequest, largeCommit } from "./devinfo-load.js";
import { DevinfoServer } from "./devinfo-server.js";
import { quantile } from "./statistics.js";
import { makeWebhooks, projectNames, startHomeserver } from "./surroundings.js";

/*
 * What the largest legal bodies cost everybody else: webhooks 50 times a second whatever happens, alone and while one body of a thousand commits
 * with every field as long as it may be is sent after the other.
 */

const perSecond = 50;
const seconds = 20;
const projects = projectNames(50);

interface Round {
  /** From the request until it is acknowledged; milliseconds. */
  readonly times: readonly number[];
  /** How long each body took. */
  readonly bodies: readonly number[];
}

/** Prints how long webhooks wait for their acknowledgement, alone and beside large bodies. */
export async function benchDevinfoLarge(print: (line: string) => void): Promise<void> {
  const homeserver = await startHomeserver(projects);
  const server = await DevinfoServer.install(homeserver);
  const bodies = [0, 1, 2].map(largeBody);
  try {
    await server.start();
    // The rooms of a new installation are read in its first moments; and code is compiled.
    await sendWebhooks(server, 1_000_000, 5);
    await server.bulk(bodyOf("warm-up", [largeCommit(0, "warm-up", "P0-1")]));
    const alone = { times: await sendWebhooks(server, 0), bodies: [] };
    const beside = await besideLargeBodies(server, bodies);
    print(`devinfo-large, webhooks ${perSecond} a second for ${seconds} s, until acknowledged`);
    print(`  alone                          ${describe(alone)}`);
    print(`  while bodies of ${((bodies[0]?.length ?? 0) / 1_000_000).toFixed(1)} MB are taken ${describe(beside)}`);
    print(`  bodies taken: ${beside.bodies.length}, each in ${beside.bodies.map((time) => time.toFixed(0)).join(", ")} ms`);
  } finally {
    await server.remove();
    await homeserver.stop();
  }
}

function largeBody(number: number): Buffer {
  const repositoryId = `large-${number}`;
  const first = number * entitiesPerRequest;
  return bodyOf(
    repositoryId,
    Array.from({ length: entitiesPerRequest }, (_, index) => largeCommit(first + index, repositoryId, `P0-${index + 1}`)),
  );
}

async function besideLargeBodies(server: DevinfoServer, bodies: readonly Buffer[]): Promise<Round> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const sendBodies = async (): Promise<void> => {
    for (let index = 0; performance.now() < end; index += 1) {
      const body = bodies[index % bodies.length];
      if (body === undefined) return;
      const startedAt = performance.now();
      await server.bulk(body);
      times.push(performance.now() - startedAt);
    }
  };
  const [webhooks] = await Promise.all([sendWebhooks(server, 100_000), sendBodies()]);
  return { times: webhooks, bodies: times };
}

async function sendWebhooks(server: DevinfoServer, first: number, forSeconds = seconds): Promise<readonly number[]> {
  const pool = new Pool(`http://127.0.0.1:${server.port}`, { connections: 16 });
  const webhooks = makeWebhooks(projects, perSecond * forSeconds, first);
  const answers: Promise<number>[] = [];
  const startedAt = performance.now();
  for (const [index, webhook] of webhooks.entries()) {
    const dueInMs = startedAt + (index * 1_000) / perSecond - performance.now();
    if (dueInMs > 0) await pause(dueInMs);
    answers.push(acknowledged(pool, webhook));
  }
  const times = await Promise.all(answers);
  await pool.close();
  return times;
}

async function acknowledged(pool: Pool, webhook: ReturnType<typeof makeWebhooks>[number]): Promise<number> {
  const startedAt = performance.now();
  const { statusCode, body } = await pool.request({ method: "POST", path: "/jira/webhook", ...webhook });
  await body.dump();
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  return performance.now() - startedAt;
}

function describe({ times }: Round): string {
  return `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, longest ${Math.max(...times).toFixed(0)} ms`;
}
