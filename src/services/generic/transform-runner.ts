import type { Clock } from "../../shared/clock.js";
import type { TransformResult, TransformRunner } from "./transform.js";
import { longestPayload, payloadTooLarge, type TransformAnswer, type TransformRequest } from "./transform-messages.js";
import { FairQueue } from "./transform-queue.js";
import { TransformThread, type ThreadAnswer } from "./transform-thread.js";

/** Checks take turns with hooks as one of them; no hook's key is empty. */
const checksKey = "";

/** A question that waits for its turn. What it asks about is made ready then, so nothing is held twice; what cannot be asked is answered then. */
interface Job {
  readonly request: () => TransformRequest | TransformAnswer;
  readonly settle: (answer: ThreadAnswer) => void;
  readonly fail: (error: unknown) => void;
}

interface TransformRunnerOptions {
  readonly clock: Clock;
  /** Absent: the real one. */
  readonly thread?: Pick<TransformThread, "ask" | "stop">;
}

/**
 * Runs functions one after the other in one thread of their own, so that none overlaps another, least of all one of the same hook. Hooks share
 * the time fairly (FairQueue). No thread is started before it is needed. A run that takes 2 seconds is ended, as is one that takes more than
 * 64 MiB or gives more than a megabyte of JSON.
 */
export class ThreadedTransformRunner implements TransformRunner {
  readonly #clock: Clock;
  readonly #thread: Pick<TransformThread, "ask" | "stop">;
  readonly #queue = new FairQueue<Job>();
  #isWorking = false;

  constructor({ clock, thread = new TransformThread(clock) }: TransformRunnerOptions) {
    this.#clock = clock;
    this.#thread = thread;
  }

  /** @throws RemoteError, to be tried again, when the thread cannot be started */
  async run(hookKey: string, script: string, data: unknown): Promise<TransformResult> {
    const answer = await this.#ask(hookKey, () => {
      const json = JSON.stringify(data ?? null);
      // Looked at on this side: the thread has no room for more.
      return json.length > longestPayload ? payloadTooLarge : { kind: "run", script, json };
    });
    if (answer === "silent") return limit("it took longer than its time and could not be interrupted");
    if (answer === "died") return limit("it brought the sandbox down");
    if (answer.kind === "done") return { ok: true, value: fromJson(answer.json) };
    return { ok: false, reason: answer.message, isLimit: answer.kind === "limit" };
  }

  /** @throws RemoteError, as `run` */
  async check(script: string): Promise<string | undefined> {
    const answer = await this.#ask(checksKey, () => ({ kind: "check", script }));
    if (answer === "silent" || answer === "died") return "it cannot be compiled";
    return answer.kind === "done" ? undefined : answer.message;
  }

  /** Ends the thread. */
  stop(): Promise<void> {
    return this.#thread.stop();
  }

  #ask(key: string, request: Job["request"]): Promise<ThreadAnswer> {
    return new Promise((settle, fail) => {
      this.#queue.add(key, { request, settle, fail });
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let next = this.#queue.take(); next !== undefined; next = this.#queue.take()) {
      const startedAt = this.#clock.now();
      await this.#answer(next.item);
      this.#queue.spend(next.key, this.#clock.now() - startedAt);
    }
    this.#isWorking = false;
  }

  async #answer({ request, settle, fail }: Job): Promise<void> {
    try {
      const question = request();
      settle(question.kind === "run" || question.kind === "check" ? await this.#askTwice(question) : question);
    } catch (error) {
      fail(error);
    }
  }

  /** A thread that ends by itself may have been ended by something else: only if it does so again, the script did it. */
  async #askTwice(question: TransformRequest): Promise<ThreadAnswer> {
    const answer = await this.#thread.ask(question);
    return answer === "died" ? await this.#thread.ask(question) : answer;
  }
}

function limit(reason: string): TransformResult {
  return { ok: false, reason, isLimit: true };
}

function fromJson(json: string | undefined): unknown {
  // JSON.parse gives `any`; whoever reads the value checks it.
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}
