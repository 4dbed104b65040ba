import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { DevinfoEcho, DevinfoObserver } from "../core/ports/devinfo.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { copyDelete, copySubmission, type CopiedRequest } from "./copied-requests.js";
import type { ForwardQueue } from "./forward-queue.js";
import type { ForwardWorker } from "./forward-worker.js";

/** A site, and what is copied to it. */
interface ForwardLane {
  /** Providers. */
  readonly from: ReadonlySet<string>;
  readonly queue: Pick<ForwardQueue, "prepare" | "isExpecting" | "trim">;
  readonly worker: Pick<ForwardWorker, "wake">;
}

const compress = promisify(gzip);

/** A submission waits for it, and the least effort does nearly as much as the most: what is left are hashes and words. */
const level = 1;

const nothing: DevinfoEcho = { changes: [] };

/** Puts a copy of what is changed into the queue of each site that wants it, in the batch of the change. */
export function createDevinfoForwarding(lanes: readonly ForwardLane[]): DevinfoObserver {
  const byProvider = new Map<string, ForwardQueueing[]>();
  for (const { from, queue } of lanes) for (const provider of from) byProvider.set(provider, [...(byProvider.get(provider) ?? []), queue]);

  return {
    recorded(submission, outcome, about) {
      const queues = byProvider.get(submission.provider);
      if (queues === undefined) return nothing;
      const copies = copySubmission(submission, outcome, about);
      return copies.length === 0 ? nothing : queueAll(queues, submission.provider, copies);
    },
    deleted(provider, { request }) {
      const queues = request === undefined ? undefined : byProvider.get(provider);
      if (queues === undefined || request === undefined) return [];
      const copied = copyDelete(request.pathAndQuery);
      return queues.flatMap((queue) => queue.prepare(copied, provider));
    },
    stored() {
      for (const { queue, worker } of lanes) {
        if (!queue.isExpecting) continue;
        worker.wake();
        void queue.trim();
      }
    },
  };
}

type ForwardQueueing = ForwardLane["queue"];

async function queueAll(queues: readonly ForwardQueueing[], provider: string, copies: readonly CopiedRequest[]): Promise<DevinfoEcho> {
  const changes: StoreChange[] = [];
  for (const copied of copies) {
    const body = copied.kind === "bulk" ? await compress(copied.body, { level }) : undefined;
    for (const queue of queues) changes.push(...queue.prepare(copied, provider, body));
  }
  return { changes };
}
