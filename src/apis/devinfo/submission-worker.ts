import { parentPort } from "node:worker_threads";
import { SwitchboardError } from "../../core/errors.js";
import { readSubmission } from "./read-submission.js";
import { splitSubmission, type EntriesPart, type ThreadAnswer, type ThreadRequest } from "./submission-messages.js";

/*
 * The thread in which large bodies are read (submission-thread.ts starts it). Nobody imports it. It is asked for one body after the other.
 */

/** Of the body that was read last, what nobody asked for yet; the next one is the last. */
const waiting: Omit<EntriesPart, "isLast">[] = [];

function say(answer: ThreadAnswer, bytes?: Uint8Array): void {
  // The bytes were handed over to this thread, so their memory is its own.
  parentPort?.postMessage(answer, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
}

function read(bytes: Uint8Array): void {
  waiting.length = 0;
  try {
    const { head, parts } = splitSubmission(readSubmission(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    waiting.push(...parts.toReversed());
    say({ kind: "head", submission: head, bytes }, bytes);
  } catch (error) {
    if (error instanceof SwitchboardError) say({ kind: "refused", code: error.code, message: error.message });
    else say({ kind: "failed", message: error instanceof Error ? error.message : "not an Error" });
  }
}

function giveNext(): void {
  const part = waiting.pop() ?? { kind: "entries", repository: 0, entries: [] };
  say({ ...part, isLast: waiting.length === 0 });
}

parentPort?.on("message", (request: ThreadRequest) => {
  if (request.kind === "read") read(request.bytes);
  else giveNext();
});
say({ kind: "ready" });
