import { BareLevel } from "./bare-level.js";
import { benchDevinfoConnections } from "./devinfo-connections.js";
import {
  bodyOf,
  entitiesPerRequest,
  installationId,
  issueKey,
  keyCountOf,
  loadCommit,
  loadProjects,
  loadRequests,
  repositoryCount,
  type LoadRequest,
} from "./devinfo-load.js";
import { DevinfoServer, folderBytes } from "./devinfo-server.js";
import { mebibytes, median, quantile, spread } from "./statistics.js";
import { startHomeserver } from "./surroundings.js";

/*
 * Development information at scale. A thousand commits a request over one connection until all are stored, beside one synced batch of the same
 * commits' own JSON into bare LevelDB, in alternate blocks, so that both grow in the same minutes on the same machine. Bodies and batches are made
 * between the blocks. An answer means that everything is stored, which reading it again proves. Then what the full store costs: reads, deletes,
 * start-up, memory, disk.
 */

const blockRequests = 50;
/** What the first and the last part is that growth is taken from, of a million: a hundred thousand. */
const growthShare = 0.1;
const warmUpRequests = 5;
const reads = 500;
const deletes = 10;
const deletedEntities = 100;
const starts = 5;

export interface DevinfoBenchOptions {
  /** How many are stored. */
  readonly entities: number;
}

interface Times {
  /** Of each request; milliseconds. */
  readonly ours: number[];
  readonly bare: number[];
}

/** Prints what storing and using so many entities costs. */
export async function benchDevinfo(print: (line: string) => void, { entities }: DevinfoBenchOptions): Promise<void> {
  await benchDevinfoConnections(print, Math.max(Math.floor(entities / 5), 20_000));
  const homeserver = await startHomeserver(loadProjects);
  const [server, empty] = [await DevinfoServer.install(homeserver), await DevinfoServer.install(homeserver)];
  const bare = await BareLevel.open();
  try {
    await server.start();
    print(`devinfo, ${entities} commits over one connection, ${entitiesPerRequest} a request, in ${repositoryCount} repositories`);
    describeBulk(print, await fill(server, bare, entities));
    await checkKeys(server, entities);
    await benchReads(print, server, entities);
    await benchDeletes(print, server);
    print(`  resident memory with all that: ${mebibytes(await server.residentBytes())}`);
    await empty.start();
    await benchStarts(print, server, empty);
    await server.stop();
    await bare.close();
    const [ourBytes, bareBytes] = [await server.diskBytes(), await folderBytes(bare.folder)];
    print(`  on disk ${(ourBytes / entities).toFixed(0)} bytes an entity, bare LevelDB ${(bareBytes / entities).toFixed(0)}`);
  } finally {
    await server.remove();
    await empty.remove();
    await homeserver.stop();
    await bare.remove();
  }
}

async function fill(server: DevinfoServer, bare: BareLevel, entities: number): Promise<Times> {
  const times: Times = { ours: [], bare: [] };
  // What is measured is the same code from the first request on. These are of numbers that do not come again.
  for (const { body, batch } of loadRequests(Math.ceil((2 * entities) / entitiesPerRequest), warmUpRequests, entities)) {
    await server.bulk(Buffer.from(body.toString("utf8").replaceAll("repo-", "warm-")));
    await bare.put(batch);
  }
  const all = Math.floor(entities / entitiesPerRequest);
  for (let first = 0, isOursFirst = true; first < all; first += blockRequests, isOursFirst = !isOursFirst) {
    const requests = loadRequests(first, Math.min(blockRequests, all - first), entities);
    await server.renew();
    const ours = async (): Promise<unknown> => times.ours.push(...(await timeEach(requests, ({ body }) => server.bulk(body))));
    const theirs = async (): Promise<unknown> => times.bare.push(...(await timeEach(requests, ({ batch }) => bare.put(batch))));
    for (const block of isOursFirst ? [ours, theirs] : [theirs, ours]) await block();
    await checkNewest(server, requests.at(-1));
  }
  return times;
}

async function timeEach(requests: readonly LoadRequest[], work: (request: LoadRequest) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (const request of requests) times.push(await timed(() => work(request)));
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

interface ReadRepository {
  readonly commits: readonly { readonly id: string; readonly message: unknown }[];
}

/** What was answered 202 is there, whole. */
async function checkNewest(server: DevinfoServer, request: LoadRequest | undefined): Promise<void> {
  if (request === undefined) return;
  const { status, text } = await server.repository(request.repositoryId);
  if (status !== 200) throw new Error(`Reading ${request.repositoryId}: ${status} ${text}`);
  // The API's shape.
  const { commits } = JSON.parse(text) as ReadRepository;
  const found = commits.find(({ id }) => id === request.newest.id);
  if (found?.message !== request.newest["message"]) throw new Error(`${request.newest.id} was accepted and cannot be read`);
}

/** Samples of keys have as many commits as were sent for them. */
async function checkKeys(server: DevinfoServer, entities: number): Promise<void> {
  const keys = keyCountOf(entities);
  const sent = Math.floor(entities / entitiesPerRequest) * entitiesPerRequest;
  for (let sample = 0; sample < 20; sample += 1) {
    const number = Math.floor((sample * keys) / 20);
    let expected = 0;
    for (let which = 0; which < sent; which += 1) if ((which * 7_919) % keys === number) expected += 1;
    const stored = await countOf(server, issueKey(number));
    if (stored !== expected) throw new Error(`${issueKey(number)} has ${stored} entities of ${expected}`);
  }
}

interface IssueAnswer {
  readonly entities: readonly { readonly repository: { readonly id: string } }[];
  readonly next?: string | null;
}

async function countOf(server: DevinfoServer, key: string): Promise<number> {
  for (let count = 0, query = ""; ;) {
    const { status, text } = await server.issue(key, query);
    if (status !== 200) throw new Error(`Reading ${key}: ${status} ${text}`);
    // The API's shape.
    const { entities, next } = JSON.parse(text) as IssueAnswer;
    count += entities.filter(({ repository }) => repository.id.startsWith("repo-")).length;
    if (next === undefined || next === null) return count;
    query = `?page=${encodeURIComponent(next)}`;
  }
}

function describeBulk(print: (line: string) => void, { ours, bare }: Times): void {
  const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);
  const perSecond = (times: readonly number[]): number => (times.length * entitiesPerRequest) / (sum(times) / 1_000);
  const few = Math.max(1, Math.floor(ours.length * growthShare));
  const growth = (times: readonly number[]): number => sum(times.slice(-few)) / sum(times.slice(0, few));
  const describe = (times: readonly number[]): string =>
    `${perSecond(times).toFixed(0)} entities/s, a request p50 ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`;
  print(`  switchboard    ${describe(ours)}`);
  print(`  bare LevelDB   ${describe(bare)}`);
  print(`  ratio          ${((perSecond(ours) / perSecond(bare)) * 100).toFixed(0)} % of bare LevelDB`);
  print(
    `  growth of the time a request takes, first to last ${few * entitiesPerRequest}: ${growth(ours).toFixed(2)}, ` +
      `bare LevelDB ${growth(bare).toFixed(2)}, ratio ${(growth(ours) / growth(bare)).toFixed(2)}`,
  );
}

async function benchReads(print: (line: string) => void, server: DevinfoServer, entities: number): Promise<void> {
  const repositories = Math.min(repositoryCount, Math.floor(entities / entitiesPerRequest));
  const repository = async (number: number): Promise<void> => {
    const { status } = await server.repository(`repo-${number % repositories}`);
    if (status !== 200) throw new Error(`answered ${status}`);
  };
  const issue = async (number: number): Promise<void> => {
    const { status } = await server.issue(issueKey((number * 7) % keyCountOf(entities)));
    if (status !== 200) throw new Error(`answered ${status}`);
  };
  for (const [name, read] of [["a repository's newest 400", repository] as const, ["an issue's, by its key", issue] as const]) {
    for (let number = 0; number < repositoryCount; number += 1) await read(number);
    const times: number[] = [];
    for (let number = 0; number < reads; number += 1) times.push(await timed(() => read(number)));
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
    print(`  reading ${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${Math.max(...times).toFixed(0)} ms`);
  }
}

async function benchDeletes(print: (line: string) => void, server: DevinfoServer): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < deletes; round += 1) {
    const repositoryId = `deleted-${round}`;
    const commits = Array.from({ length: deletedEntities }, (_, index) => loadCommit(index, repositoryId, `P0-${index + 1}`));
    await server.bulk(bodyOf(repositoryId, commits, { installationId, purge: String(round) }));
    // The first property is everybody's.
    times.push(await timed(() => server.deleteByProperties(`installationId=${installationId}&purge=${round}`)));
    const { status } = await server.repository(repositoryId);
    if (status !== 404) throw new Error(`${repositoryId} was deleted and answers ${status}`);
  }
  print(`  deleting ${deletedEntities} by properties: ${spread(times, 1)} ms`);
}

async function benchStarts(print: (line: string) => void, full: DevinfoServer, empty: DevinfoServer): Promise<void> {
  const [fullMs, emptyMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < starts; round += 1) {
    emptyMs.push(await empty.measureStart());
    fullMs.push(await full.measureStart());
  }
  print(
    `  start to first accepted request: ${spread(fullMs)} ms, with an empty store ${spread(emptyMs)} ms, ` +
      `${(median(fullMs) - median(emptyMs)).toFixed(0)} ms longer`,
  );
}
