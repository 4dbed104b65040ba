import type { Worker } from "node:worker_threads";
import { SwitchboardError } from "../../core/errors.js";
import type { Clock } from "../../shared/clock.js";
import { startThread } from "../../shared/thread.js";
import type { ReadSubmission } from "./read-submission.js";
import { joinSubmission, type EntriesPart, type ThreadAnswer, type ThreadRequest } from "./submission-messages.js";

/** A large body takes a second; a busy machine may take many times that. */
const longestSilenceMs = 60_000;
/** A thread that nobody needs only takes memory. */
const idleMs = 60_000;

/**
 * Were this limit reached, the whole process would end: the parser of JSON is not to be interrupted, and on Node 24 nothing is (33 of 40 threads
 * that only allocated took their process along, none on Node 20). So it is far above what a body can need whose values were counted
 * (check-structure.ts): 300 MB for its values and four times its text.
 */
const limits = { maxOldGenerationSizeMb: 1024 };

/** A body that was read, and its bytes, which the thread had meanwhile. */
export interface ReadBody {
  readonly submission: ReadSubmission;
  readonly bytes: Buffer;
}

const ended = Symbol("ended");

interface Running {
  readonly worker: Worker;
  /** Told what the thread says, and that it has ended; one at a time. */
  listener: ((said: ThreadAnswer | typeof ended) => void) | undefined;
}

/**
 * The thread in which large bodies are read, one after the other, while the program does something else. It is started for the first body, and
 * again after it has ended; it does not keep the process alive.
 */
export class SubmissionThread {
  readonly #clock: Pick<Clock, "after">;
  readonly #start: () => Worker;
  #running: Running | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #cancelIdle: () => void = () => undefined;

  constructor(clock: Pick<Clock, "after">, start: () => Worker = startWorker) {
    this.#clock = clock;
    this.#start = start;
  }

  /**
   * @param bytes are gone for the caller; they come back with the answer
   * @throws what `readSubmission` throws; SwitchboardError HS_UNAVAILABLE when there is no thread, or it dies
   */
  read(bytes: Buffer): Promise<ReadBody> {
    const turn = this.#turn.then(() => this.#read(bytes));
    // Whoever asked hears of a failure; the next turn comes all the same. What was read is not held until then.
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Ends the thread; who waits for it is refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#running !== undefined) await this.#end(this.#running);
    await this.#turn;
  }

  async #read(bytes: Buffer): Promise<ReadBody> {
    this.#cancelIdle();
    if (this.#stopped) throw unavailable();
    const running = this.#running ?? (await this.#begin());
    try {
      return await this.#readThere(running, ownMemory(bytes));
    } finally {
      if (this.#running === running) this.#cancelIdle = this.#clock.after(idleMs, () => void this.#end(running));
    }
  }

  async #readThere(running: Running, own: Uint8Array<ArrayBuffer>): Promise<ReadBody> {
    const head = await this.#ask(running, { kind: "read", bytes: own }, [own.buffer]);
    if (head.kind !== "head") throw refusalOf(head);
    const parts = await this.#takeParts(running);
    return { submission: joinSubmission(head.submission, parts), bytes: Buffer.from(head.bytes.buffer) };
  }

  async #takeParts(running: Running): Promise<readonly EntriesPart[]> {
    const parts: EntriesPart[] = [];
    do {
      const part = await this.#ask(running, { kind: "next" });
      if (part.kind !== "entries") throw refusalOf(part);
      parts.push(part);
    } while (parts.at(-1)?.isLast !== true);
    return parts;
  }

  async #begin(): Promise<Running> {
    const running = this.#watch(this.#tryToStart());
    this.#running = running;
    const said = await this.#hear(running);
    if (said.kind !== "ready") throw refusalOf(said);
    return running;
  }

  /** A system that has no more threads is told of at once. */
  #tryToStart(): Worker {
    try {
      return this.#start();
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  #watch(worker: Worker): Running {
    const running: Running = { worker, listener: undefined };
    worker.unref();
    worker.on("message", (said: ThreadAnswer) => running.listener?.(said));
    // `exit` follows, which is all that matters here.
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      if (this.#running === running) this.#running = undefined;
      running.listener?.(ended);
    });
    return running;
  }

  #ask(running: Running, request: ThreadRequest, handedOver: ArrayBuffer[] = []): Promise<ThreadAnswer> {
    const said = this.#hear(running);
    running.worker.postMessage(request, handedOver);
    return said;
  }

  /** @throws SwitchboardError HS_UNAVAILABLE where nothing is said any more */
  #hear(running: Running): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(longestSilenceMs, () => void this.#end(running));
      running.listener = (said) => {
        cancel();
        running.listener = undefined;
        if (said === ended) reject(unavailable());
        else resolve(said);
      };
    });
  }

  async #end(running: Running): Promise<void> {
    if (this.#running === running) this.#running = undefined;
    await running.worker.terminate();
  }
}

function unavailable(cause?: unknown): SwitchboardError {
  return new SwitchboardError("HS_UNAVAILABLE", "The body could not be read just now; send it again later.", { cause });
}

function refusalOf(said: ThreadAnswer): Error {
  if (said.kind === "refused") return new SwitchboardError(said.code, said.message);
  return new Error(said.kind === "failed" ? said.message : `The thread said "${said.kind}" when something else was asked`);
}

/** Bytes that share their memory with others cannot be handed over. */
function ownMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength;
  return isWhole ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}

function startWorker(): Worker {
  return startThread(new URL("./submission-worker.ts", import.meta.url), limits);
}
