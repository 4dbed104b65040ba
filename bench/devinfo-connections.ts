import { BareLevel } from "./bare-level.js";
import { entitiesPerRequest, loadProjects, loadRequests, type LoadRequest } from "./devinfo-load.js";
import { DevinfoServer } from "./devinfo-server.js";
import { spread } from "./statistics.js";
import { startHomeserver } from "./surroundings.js";

/*
 * One sender and four: the same requests into an empty store each time, one run after the other, and bare LevelDB alone in between, with nothing
 * else at work.
 */

const rounds = 3;
const connections = 4;
const warmUpRequests = 5;

/** Prints entities per second over one and over four connections, each alone on the machine. */
export async function benchDevinfoConnections(print: (line: string) => void, entities: number): Promise<void> {
  const warmUp = loadRequests(Math.ceil((2 * entities) / entitiesPerRequest), warmUpRequests, entities);
  const requests = loadRequests(0, Math.floor(entities / entitiesPerRequest), entities);
  const [one, four, bare]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await storeBare(warmUp, requests));
    one.push(await storeOurs(warmUp, requests, 1));
    four.push(await storeOurs(warmUp, requests, connections));
  }
  print(`devinfo, ${entities} commits into an empty store, ${rounds} interleaved rounds; median (range)`);
  print(`  one connection    ${spread(one)} entities/s`);
  print(`  ${connections} connections     ${spread(four)} entities/s`);
  print(`  bare LevelDB      ${spread(bare)} entities/s`);
}

async function storeBare(warmUp: readonly LoadRequest[], requests: readonly LoadRequest[]): Promise<number> {
  const bare = await BareLevel.open();
  try {
    for (const { batch } of warmUp) await bare.put(batch);
    return await perSecond(requests, 1, ({ batch }) => bare.put(batch));
  } finally {
    await bare.close();
    await bare.remove();
  }
}

async function storeOurs(warmUp: readonly LoadRequest[], requests: readonly LoadRequest[], senders: number): Promise<number> {
  const homeserver = await startHomeserver(loadProjects);
  const server = await DevinfoServer.install(homeserver);
  const pool = server.connections(senders);
  try {
    await server.start();
    for (const { body } of warmUp) await server.bulk(body, pool);
    return await perSecond(requests, senders, ({ body }) => server.bulk(body, pool));
  } finally {
    await pool.close();
    await server.remove();
    await homeserver.stop();
  }
}

/** Each sender takes the next request when its last one is answered. @returns entities per second */
async function perSecond(
  requests: readonly LoadRequest[],
  senders: number,
  send: (request: LoadRequest) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const sendInTurn = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) await send(request);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: senders }, sendInTurn));
  return (requests.length * entitiesPerRequest) / ((performance.now() - startedAt) / 1_000);
}
