import type { Clock } from "../../shared/clock.js";
import { readSubmission } from "./read-submission.js";
import { SubmissionThread, type ReadBody } from "./submission-thread.js";

/** What this thread reads itself: it takes some ten milliseconds, which is what handing it over would cost. */
const inlineBytes = 1_048_576;

/** Reads bodies of `POST /bulk`, and lets nobody else wait for a large one. */
export class SubmissionReader {
  readonly #thread: Pick<SubmissionThread, "read" | "stop">;

  constructor(clock: Pick<Clock, "after">, thread: Pick<SubmissionThread, "read" | "stop"> = new SubmissionThread(clock)) {
    this.#thread = thread;
  }

  /** @param bytes may be gone for the caller; the answer has them. @throws as `SubmissionThread.read` */
  async read(bytes: Buffer): Promise<ReadBody> {
    return bytes.length > inlineBytes ? this.#thread.read(bytes) : { submission: readSubmission(bytes), bytes };
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }
}
