import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import { sleep, type Clock } from "../shared/clock.js";
import { parseJson, unreadableAnswer } from "./homeserver-errors.js";
import type { HomeserverRequest, Transport } from "./transport.js";

/** Told of every call: the client function's name, and whether the homeserver accepted it. */
export type OnCall = (method: string, ok: boolean) => void;

export interface ApiCall {
  /** Name for metrics, after the function of the Matrix SDK that does the same. */
  readonly name: string;
  readonly method: HomeserverRequest["method"];
  readonly path: string;
  readonly as?: UserId;
  /** Further parameters, unescaped. */
  readonly query?: readonly (readonly string[])[];
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface CallsOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly onCall: OnCall;
}

const mostTries = 3;
const longestWaitMs = 30_000;
const defaultWaitMs = 1_000;

/** Calls to the homeserver that are worth repeating when it asks us to slow down. */
export class Calls {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #onCall: OnCall;

  constructor(options: CallsOptions) {
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#onCall = options.onCall;
  }

  /** Makes one API call and gives the parsed body. @throws RemoteError */
  async json(call: ApiCall): Promise<unknown> {
    const query = toQuery([...(call.as === undefined ? [] : [["user_id", call.as]]), ...(call.query ?? [])]);
    const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    return this.attempt(call.name, async () => {
      const answer = await this.#transport.succeed({ method: call.method, path: `${call.path}${query}`, ...body });
      const parsed = parseJson(answer.body);
      if (parsed === undefined) throw unreadableAnswer("JSON body");
      return parsed;
    });
  }

  /** Runs `run`, and again after a 429, three times at most, waiting as long as the homeserver asks up to half a minute. */
  async attempt<T>(name: string, run: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await run();
        this.#onCall(name, true);
        return result;
      } catch (error) {
        this.#onCall(name, false);
        const waitMs = waitBeforeNext(error, tries);
        if (waitMs === undefined) throw error;
        await sleep(this.#clock, waitMs);
      }
    }
  }
}

function toQuery(parameters: readonly (readonly string[])[]): string {
  const pairs = parameters.map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function waitBeforeNext(error: unknown, tries: number): number | undefined {
  if (!(error instanceof RemoteError) || error.status !== 429 || tries >= mostTries) return undefined;
  const waitMs = error.retryAfterMs ?? defaultWaitMs;
  return waitMs <= longestWaitMs ? waitMs : undefined;
}

/** Resolves to undefined where the homeserver says that there is no such thing. */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RemoteError && error.status === 404) return undefined;
    throw error;
  }
}
