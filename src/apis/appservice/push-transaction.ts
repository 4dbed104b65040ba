import type { TransactionIntake } from "../../delivery/transaction-intake.js";
import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import { parseJson } from "../../http/json.js";
import type { Answer, Request } from "../../http/route.js";
import type { Log } from "../../shared/log.js";
import type { Metrics } from "../../shared/metrics.js";
import { readTransaction, type ReadTransaction } from "./schema.js";

export interface PushTransactionOptions {
  readonly intake: Pick<TransactionIntake, "take">;
  readonly metrics: Pick<Metrics, "appserviceEvents" | "transactionsUnreadable">;
  readonly log: Log;
}

const taken: Answer = { status: 200, body: "{}", headers: { "content-type": "application/json" } };

/**
 * Takes a transaction. Whatever is in it the answer is 200 once the usable part is stored, because a homeserver repeats any other
 * transaction without end and sends nothing after it.
 * @throws SwitchboardError HS_UNAVAILABLE when it could not be stored: then a repeat is what we want
 */
export async function pushTransaction(request: Request, { intake, metrics, log }: PushTransactionOptions): Promise<Answer> {
  const transactionId = request.params["txnId"] ?? "";
  const read = readBody(request.body);
  if (read === undefined || read.unreadable.length > 0) {
    metrics.transactionsUnreadable.inc(read?.unreadable.length ?? 1);
    log.warn(
      { transactionId, unreadable: read?.unreadable.slice(0, 10) ?? "all" },
      "A transaction could not be read in full; its rest was taken",
    );
  }
  const events = read?.events ?? [];
  metrics.appserviceEvents.inc(events.length);
  await store(intake, transactionId, events);
  return taken;
}

function readBody(body: Buffer): ReadTransaction | undefined {
  try {
    return readTransaction(parseJson(body));
  } catch (error) {
    if (error instanceof ValidationError) return undefined;
    throw error;
  }
}

async function store(intake: PushTransactionOptions["intake"], transactionId: string, events: readonly MatrixEvent[]): Promise<void> {
  try {
    await intake.take(transactionId, events);
  } catch (cause) {
    throw new SwitchboardError("HS_UNAVAILABLE", "The transaction could not be stored; please send it again.", { cause });
  }
}
