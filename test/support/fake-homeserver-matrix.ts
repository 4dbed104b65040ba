import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { createMatrix, type Matrix, type MatrixOptions } from "../../src/matrix/matrix.js";
import type { Clock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { FakeHomeserver, type FakeHomeserverOptions } from "./fake-homeserver.js";

export const asToken = "planted-as-token";

/** Time that stands still until it is moved; waits end at once and are written down. */
export class StoppedClock implements Clock {
  readonly waits: number[] = [];
  #now = Date.now();

  now(): number {
    return this.#now;
  }

  move(ms: number): void {
    this.#now += ms;
  }

  after(delayMs: number, run: () => void): () => void {
    this.waits.push(delayMs);
    let off = false;
    queueMicrotask(() => {
      if (!off) run();
    });
    return () => {
      off = true;
    };
  }
}

export interface MatrixOnFake {
  readonly homeserver: FakeHomeserver;
  readonly matrix: Matrix;
  readonly clock: StoppedClock;
  /** What was stored; shared by all Matrix objects of this fixture, as a data folder is. */
  readonly stored: ReadonlyMap<string, string>;
  readonly warnings: string[];
  /** `name ok` or `name failed`, in order. */
  readonly calls: string[];
  /** Another one over the same store, as after a restart of the process. */
  readonly again: (options?: Partial<MatrixOptions>) => Matrix;
  readonly stop: () => Promise<void>;
}

/** src/matrix on a running fake homeserver. */
export async function startMatrixOnFake(
  homeserverOptions: Partial<FakeHomeserverOptions> = {},
  matrixOptions: Partial<MatrixOptions> = {},
): Promise<MatrixOnFake> {
  const homeserver = new FakeHomeserver({ asToken, ...homeserverOptions });
  await homeserver.start();
  const clock = new StoppedClock();
  const stored = new Map<string, string>();
  const warnings: string[] = [];
  const calls: string[] = [];
  const made: Matrix[] = [];
  const log = createLog(
    { level: "warn", json: true, colorize: false, timestampFormat: "" },
    // Lines are ours: one JSON object each.
    { write: (line) => void warnings.push((JSON.parse(line) as { message: string }).message) },
  );

  function again(more: Partial<MatrixOptions> = {}): Matrix {
    const matrix = createMatrix({
      homeserverUrl: homeserver.url,
      asToken: new Secret(asToken),
      registrationId: "switchboard",
      msc4190: false,
      store: {
        get: (key) => stored.get(key),
        put: (key, value) => ({ type: "put", key, value }),
        remove: (key) => ({ type: "del", key }),
      },
      unitOfWork: { commit: async (changes) => changes.forEach((change) => apply(stored, change)) },
      clock,
      random: systemRandom,
      log,
      pictures: { request: () => Promise.reject(new TypeError("no pictures are fetched here")) },
      botsIn: () => Promise.resolve([]),
      onCall: (name, ok) => calls.push(`${name} ${ok ? "ok" : "failed"}`),
      ...matrixOptions,
      ...more,
    });
    made.push(matrix);
    return matrix;
  }

  async function stop(): Promise<void> {
    await Promise.all(made.map((matrix) => matrix.close()));
    await homeserver.stop();
  }

  return { homeserver, matrix: again(), clock, stored, warnings, calls, again, stop };
}

function apply(stored: Map<string, string>, change: StoreChange): void {
  if (change.type === "put") stored.set(change.key, change.value.toString());
  else stored.delete(change.key);
}
