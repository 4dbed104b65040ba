import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onPremiseDevinfoPath } from "../../src/apis/devinfo/schema.js";
import { IdSource } from "../../src/delivery/id-source.js";
import { DevinfoForwards } from "../../src/devinfo/forwards.js";
import { createHttpClient } from "../../src/outbound/http-client.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { openStorage } from "../../src/storage/open.js";
import { createDevinfoForwardStore } from "../../src/storage/stores/devinfo-forward-store.js";

/*
 * Takes submissions at `POST /`, whose body is that of a bulk request, and copies them to a site: 202 when the copy is on the disk. Prints its port.
 * Killed at any point, another one goes on where this one was.
 *
 *   devinfo-forward-main.ts <folder> <address of the site> <client id> <client secret>
 */

const [folder = "", url = "", clientId = "", clientSecret = ""] = process.argv.slice(2);

const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
const forwards = new DevinfoForwards({
  forward: [{ from: ["ci"], url, apiUrl: url, clientId, clientSecret: new Secret(clientSecret) }],
  store: createDevinfoForwardStore(storage.database),
  unitOfWork: storage.unitOfWork,
  ids: new IdSource(storage.start),
  apiPath: onPremiseDevinfoPath,
  ...{ clock: systemClock, random: systemRandom, log: silentLog(), http: createHttpClient({ userAgent: "test" }) },
});
await forwards.start();

async function take(body: Buffer): Promise<void> {
  const repository = { id: "r", updateSequenceId: 1n, json: '{"id":"r"}', entries: [] };
  const submission = { provider: "ci", repositories: [repository], isBackfill: false, preventTransitions: false };
  const request = { body, refused: [], unknownIssueKeys: [] };
  const echo = await forwards.observer.recorded?.(submission, { at: systemClock.now(), repositories: [] }, { request });
  await storage.unitOfWork.commit(echo?.changes ?? []);
  forwards.observer.stored?.();
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void take(Buffer.concat(chunks)).then(() => response.writeHead(202).end());
  });
});
server.listen(0, "127.0.0.1", () => {
  // A TCP listener's address is an object.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
