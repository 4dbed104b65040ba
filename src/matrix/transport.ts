import type { IncomingHttpHeaders } from "node:http";
import { Pool, type Dispatcher } from "undici";
import { RemoteError } from "../core/errors.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Secret } from "../shared/secret.js";
import { noAnswer, refusal, type HomeserverAnswer } from "./homeserver-errors.js";

export interface HomeserverRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query below the homeserver's base URL; every part already escaped. */
  readonly path: string;
  readonly body?: string | Buffer;
  /** `application/json` unless given; only sent with a body. */
  readonly contentType?: string;
  /** Milliseconds of silence after which the request counts as lost. */
  readonly timeoutMs?: number;
  /** Bytes of an answer; a longer one is a failure. Any length unless given: of most calls the homeserver itself limits it. */
  readonly maxBytes?: number;
}

export interface TransportOptions {
  readonly homeserverUrl: string;
  readonly asToken: Secret;
  readonly clock: Clock;
  /** Milliseconds of silence after which a request counts as lost; 30,000 unless given. */
  readonly timeoutMs?: number;
}

const connections = 32;
const connectTimeoutMs = 10_000;
const defaultTimeoutMs = 30_000;
const closeGraceMs = 2_000;

/** Our connections to the homeserver. The token travels in a header only, so that no URL in a log or an error can hold it. */
export class Transport {
  readonly #pool: Pool;
  readonly #base: string;
  readonly #basePath: string;
  readonly #authorization: string;
  readonly #headers: string[];
  readonly #jsonHeaders: string[];
  readonly #clock: Clock;
  #closing: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    const url = new URL(options.homeserverUrl);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#basePath = url.pathname.replace(/\/+$/, "");
    this.#base = `${url.origin}${this.#basePath}`;
    this.#authorization = `Bearer ${options.asToken.reveal()}`;
    this.#headers = ["authorization", this.#authorization, "accept", "application/json"];
    this.#jsonHeaders = [...this.#headers, "content-type", "application/json"];
    this.#clock = options.clock;
    this.#pool = new Pool(url.origin, {
      connections,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: connectTimeoutMs },
    });
  }

  /** Origin and path prefix of the homeserver, without a slash at the end. */
  get base(): string {
    return this.#base;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Would a request to the URL with this `Authorization` be the same when it is made here, and is it made? */
  serves(url: string, authorization: string | undefined): boolean {
    return !this.isClosed && this.isMeant(url, authorization);
  }

  isMeant(url: string, authorization: string | undefined): boolean {
    return authorization === this.#authorization && url.startsWith(`${this.#base}/`);
  }

  /** Gives any answer, whatever its status. @throws RemoteError when none came */
  request(request: HomeserverRequest): Promise<HomeserverAnswer> {
    return new Promise((resolve, reject) => {
      this.#dispatch(request, resolve, reject);
    });
  }

  /** Gives a successful answer. @throws RemoteError for every other */
  succeed(request: HomeserverRequest): Promise<HomeserverAnswer> {
    return new Promise((resolve, reject) => {
      const judge = (answer: HomeserverAnswer): void => {
        if (answer.status >= 200 && answer.status <= 299) resolve(answer);
        else reject(refusal(answer, this.#clock.now()));
      };
      this.#dispatch(request, judge, reject);
    });
  }

  /** Lets what is under way end for a moment, then cuts it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.race([this.#pool.close(), sleep(this.#clock, closeGraceMs)]);
    await this.#pool.destroy();
  }

  #dispatch(request: HomeserverRequest, onAnswer: (answer: HomeserverAnswer) => void, reject: (error: Error) => void): void {
    const fail = (error: unknown): void => {
      reject(error instanceof RemoteError ? error : noAnswer(error, this.#base));
    };
    if (this.isClosed) {
      fail(noMoreRequests());
      return;
    }
    try {
      this.#pool.dispatch(this.#toDispatch(request), new AnswerReader(onAnswer, fail, request.maxBytes));
    } catch (error) {
      fail(error);
    }
  }

  #toDispatch(request: HomeserverRequest): Dispatcher.DispatchOptions {
    const { body, timeoutMs } = request;
    return {
      method: request.method,
      path: this.#basePath + request.path,
      headers: this.#headersFor(request),
      body: body ?? null,
      // The pool's own where none is named.
      headersTimeout: timeoutMs ?? null,
      bodyTimeout: timeoutMs ?? null,
    };
  }

  #headersFor({ body, contentType }: HomeserverRequest): string[] {
    if (body === undefined) return this.#headers;
    return contentType === undefined ? this.#jsonHeaders : [...this.#headers, "content-type", contentType];
  }
}

/** Passes, once we are started again. */
export function noMoreRequests(): RemoteError {
  return new RemoteError("Nothing is sent to the homeserver any more: we are stopping.");
}

function tooLong(maxBytes: number): RemoteError {
  return new RemoteError(`The homeserver's answer is longer than ${maxBytes} bytes.`, { status: 413, remoteCode: "M_TOO_LARGE" });
}

/** Gathers one answer. Cheaper than undici's own `request`, which makes a stream of every body. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: HomeserverAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(resolve: (answer: HomeserverAnswer) => void, reject: (error: Error) => void, maxBytes = Number.POSITIVE_INFINITY) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#maxBytes = maxBytes;
  }

  // undici tells the newer kind of handler from the older one by this method.
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) controller.abort(tooLong(this.#maxBytes));
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
