import { MemoryLevel } from "memory-level";
import { RemoteError } from "../../src/core/errors.js";
import type { CheckOutcome, RegisteredRemote } from "../../src/core/registered-remote.js";
import { Registry } from "../../src/remotes/registry.js";
import type { TicketingFields } from "../../src/remotes/ticketing-integration.js";
import { TicketingIntegrations } from "../../src/remotes/ticketing.js";
import { silentLog } from "../../src/shared/log.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";

export interface IntegrationsRig {
  readonly clock: ManualClock;
  readonly registry: Registry<TicketingFields>;
  readonly integrations: TicketingIntegrations;
  /** Trackers that were tried out. */
  readonly checked: readonly RegisteredRemote[];
  /** What trackers answer. */
  readonly answers: { outcome: CheckOutcome };
}

/** Integrations of trackers over a database in memory, with trackers that are told what to answer. */
export function createIntegrationsRig({ verifiesConnections = true } = {}): IntegrationsRig {
  const clock = new ManualClock();
  const database = new MemoryLevel<string, string>();
  const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const store = createRecordStore<TicketingFields>(database, "ticketing-integrations", sealerOf("a"));
  const registry = new Registry({ store, unitOfWork, clock, hasUniqueNames: true });
  const checked: RegisteredRemote[] = [];
  const answers: { outcome: CheckOutcome } = { outcome: { isGood: true } };
  const integrations = new TicketingIntegrations({
    ...{ registry, clock, verifiesConnections, serviceId: "tracker", log: silentLog() },
    http: {
      check(url) {
        if (url.includes("private")) throw new RemoteError("private.example is not to be asked");
      },
    },
    checkRemote: async (remote) => {
      checked.push(remote);
      return answers.outcome;
    },
  });
  return { clock, registry, checked, answers, integrations };
}
