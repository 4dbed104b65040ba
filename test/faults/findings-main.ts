import { setTimeout as pause } from "node:timers/promises";
import { createServiceContext } from "../support/service-context.js";
import { connectorRemote } from "../support/memory-remotes.js";
import { createHttpClient } from "../../src/outbound/http-client.js";
import { createJiraService } from "../../src/services/jira/index.js";
import type { JiraConfig } from "../../src/services/jira/schema.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { openStorage } from "../../src/storage/open.js";
import { createFindingStore } from "../../src/storage/stores/finding-store.js";
import { Findings } from "../../src/ticketing/findings.js";

/*
 * Reports findings to a tracker, again and again until none fails, over a data folder of its own; then prints what rooms were told in all.
 * Killed at any point, another one goes on where this one was.
 *
 *   findings-main.ts <folder> <address of the tracker> <how many findings> <milliseconds that a search may lag>
 */

const [folder = "", url = "", count = "", lagMs = ""] = process.argv.slice(2);

const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
const http = createHttpClient({ userAgent: "test" });
const service = createJiraService();
const config: JiraConfig = { webhook: { secret: new Secret("none") } };
const told = storage.database.sublevel("told");
const findings = new Findings({
  directory: { find: async () => [connectorRemote({ serviceId: "tracker", url, projects: ["PLAY"] })] },
  trackerOf: () => service.tracker?.({ url, token: new Secret("token"), http }, createServiceContext(config)),
  announce: async ({ card, key, changes }) => {
    const put = { type: "put", key: told.prefixKey(key, "utf8", false), value: String(card.created) } as const;
    await storage.unitOfWork.commit([...changes, put]);
  },
  store: createFindingStore(storage.database),
  unitOfWork: storage.unitOfWork,
  ...{ clock: systemClock, random: systemRandom, log: silentLog() },
  limits: { settleMs: 1.5 * Number(lagMs), lookPausesMs: [], lanes: 3 },
});
await findings.start();

for (;;) {
  const reported = Array.from({ length: Number(count) }, (_, index) => ({
    ...{ fingerprint: `finding ${index}`, title: `Title ${index}`, state: "open" as const },
  }));
  const result = await findings.report({ target: "connector/main", project: "PLAY", scanner: "s", isDryRun: false, findings: reported });
  if (result.kind !== "done") throw new Error(JSON.stringify(result));
  if (result.summary.failed.length === 0) break;
  await pause(100);
}

await findings.stop();
const cards = await told.values().all();
process.stdout.write(`${cards.reduce((sum, created) => sum + Number(created), 0)}\n`);
await storage.close();
await http.close();
