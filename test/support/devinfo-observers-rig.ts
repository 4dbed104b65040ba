import { createAppDevinfo, type AppDevinfo } from "../../src/app/devinfo.js";
import type { Config } from "../../src/config/config.js";
import type { ActiveService } from "../../src/core/service.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import type { SmartCommitCall } from "../../src/core/smart-commits.js";
import { createLog } from "../../src/shared/log.js";
import { Secret } from "../../src/shared/secret.js";
import { seededRandom } from "./seeded-random.js";
import type { Database } from "../../src/storage/database.js";
import { createRig, RecordingSender, testConnection, type Rig } from "./delivery-rig.js";
import { DevinfoSite } from "./devinfo-site.js";
import { ManualClock } from "./manual-clock.js";
import { poll } from "./poll.js";

/** What of the world outside of a process stays when that ends. */
interface Outside {
  readonly clock: ManualClock;
  readonly site: DevinfoSite;
  readonly sender: RecordingSender;
  /** Smart commits that a tracker carried out. */
  readonly changed: string[];
}

interface RigOptions {
  /** Resolves when the database takes writes again after one failed. */
  readonly recover?: () => Promise<void>;
  readonly outside?: Outside;
}

/**
 * Development information as the app joins it, over any database: with a room that hears of the project PLAY, a site that gets copies of `ci`
 * and of what we read ourselves, and a tracker that takes smart commits.
 */
export class DevinfoObserversRig {
  readonly app: AppDevinfo;
  readonly outside: Outside;
  readonly logged: string[];
  /** Its disk takes what it is told to. */
  readonly rig: Rig;

  private constructor(parts: Pick<DevinfoObserversRig, "app" | "outside" | "logged" | "rig">) {
    this.app = parts.app;
    this.outside = parts.outside;
    this.logged = parts.logged;
    this.rig = parts.rig;
  }

  static async start(database: Database, { recover, outside = newOutside() }: RigOptions = {}): Promise<DevinfoObserversRig> {
    const { clock, sender, site, changed } = outside;
    const room = { ...testConnection("!room:example.org", "PLAY"), remoteKeys: ["issues of PLAY"] };
    const rig = await createRig(database, {
      clock,
      sender,
      connections: [room],
      findsAtOnce: true,
      ...(recover === undefined ? {} : { recover }),
    });
    const logged: string[] = [];
    const log = createLog(
      { level: "trace", json: true, colorize: false, timestampFormat: "" },
      { write: (line) => void logged.push(line) },
    );
    const app = await createAppDevinfo({
      // Of the configuration it reads these alone.
      config: { devinfo: configFor(site), listeners: [] } as unknown as Config,
      ...{ storage: rig.storage, sealer: undefined, unitOfWork: rig.disk, inbox: rig.inbox, ids: rig.ids, clock, log },
      services: [trackerThat(changed)],
      // Of the index it asks this alone.
      index: { byRemoteKey: (_service: string, key: string) => rig.connections.filter((one) => one.remoteKeys.includes(key)) } as never,
      isFirstReading: () => false,
      mayAct: () => true,
      integrationActs: async () => true,
      ...{ http: site, guarded: site, random: seededRandom(3) },
    });
    await rig.start();
    await app.start();
    // Opened.
    await app.forwards.list();
    return new DevinfoObserversRig({ app, outside, logged, rig });
  }

  /** Everything that came of submissions outside of the store, each by a word for what it is. */
  get effects(): readonly string[] {
    const { sender, site, changed } = this.outside;
    return [...sender.sent.map(() => "message"), ...site.names.map((name) => `copy of ${name}`), ...changed].sort();
  }

  /** Lets what needs no time happen: compression takes place beside us. */
  async until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const ask = async (): Promise<true | undefined> => {
      await this.outside.clock.advance(0);
      return (await isSo()) ? true : undefined;
    };
    await poll(ask, { what, timeoutMs: 5_000, everyMs: 1 });
  }

  /** Gives all that could go on the time to do so. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await this.outside.clock.advance(1_000);
  }

  async stop(): Promise<void> {
    await this.app.stop();
  }
}

/** Names of the stores that changes write to. */
export function levelsOf(changes: readonly Pick<StoreChange, "key">[]): readonly string[] {
  return [...new Set(changes.map(({ key }) => /^!([^!]+)!/.exec(key)?.[1] ?? key))].sort();
}

function newOutside(): Outside {
  return { clock: new ManualClock(), site: new DevinfoSite(), sender: new RecordingSender(), changed: [] };
}

function configFor({ clientId, clientSecret }: DevinfoSite): Config["devinfo"] {
  const copies = { url: "https://site.example.net", apiUrl: "https://api.example.com", clientId, clientSecret: new Secret(clientSecret) };
  return {
    ...{ clients: [], connectApps: [], knownKeys: "connected", maxBodyBytes: 33_554_432, fromWebhooks: [] },
    smartCommits: { comment: true, time: true, transition: true },
    submissions: { keepDays: 14 },
    forward: [{ from: ["ci", "other", "git-integrations"], ...copies }],
  };
}

/** A service with issues, in whose rooms everything is heard, and whose tracker does what it is asked. */
function trackerThat(changed: string[]): ActiveService {
  const issueKeys = { routingKey: (project: string) => `issues of ${project}`, announced: () => ["commit", "branch", "pull_request"] };
  const service = {
    ...{ id: "test", permissionName: "test", kinds: [{ id: "project", issueKeys }] },
    smartCommits: {
      placesOf: async () => [{ name: "main", url: "https://jira.example.org" }],
      async carryOut({ issueKey, command, begin }: SmartCommitCall) {
        if (!(await begin(issueKey))) return { kind: "left" };
        changed.push(`${command.kind} on ${issueKey}`);
        return { kind: "done", as: "@ada:example.org" };
      },
    },
  };
  // What development information asks of services, and nothing else.
  return { service, context: {} } as unknown as ActiveService;
}
