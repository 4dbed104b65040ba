import type { MatrixClient } from "matrix-bot-sdk";
import type { UserId } from "../core/ids.js";
import type { Secret } from "../shared/secret.js";
import type { Calls } from "./calls.js";
import { noMoreRequests, type HomeserverRequest, type Transport } from "./transport.js";

/** What matrix-bot-sdk hands to its request function; the parts of the `request` package's options that it uses. */
interface SdkRequest {
  readonly uri: string;
  readonly method: HomeserverRequest["method"];
  readonly qs?: Readonly<Record<string, unknown>> | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeout?: number;
  /** Null asks for bytes instead of text. */
  readonly encoding?: null;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string | Buffer;
}

type SdkCallback = (error: unknown, response?: SdkResponse, body?: string | Buffer) => void;
type SdkRequestFunction = (request: SdkRequest, callback: SdkCallback) => void;

type Sdk = typeof import("matrix-bot-sdk");

export interface SdkClientsOptions {
  readonly transport: Transport;
  readonly calls: Calls;
  readonly asToken: Secret;
}

/**
 * Clients of the Matrix SDK. The SDK is loaded at the first call: it takes a quarter of a second and 20 MB and more,
 * and webhooks must be accepted before that.
 */
export class SdkClients {
  readonly #options: SdkClientsOptions;
  #sdk: Promise<Sdk> | undefined;

  constructor(options: SdkClientsOptions) {
    this.#options = options;
  }

  /**
   * Calls the SDK as a user. The name of the call is the SDK function's.
   * @throws RemoteError
   */
  async run<T>(name: string, as: UserId, call: (client: MatrixClient) => Promise<T>): Promise<T> {
    this.#sdk ??= loadSdk(this.#options.transport);
    const { MatrixClient } = await this.#sdk;
    const client = new MatrixClient(this.#options.transport.base, this.#options.asToken.reveal());
    client.impersonateUserId(as);
    return this.#options.calls.attempt(name, () => call(client));
  }
}

async function loadSdk(transport: Transport): Promise<Sdk> {
  const sdk = await import("matrix-bot-sdk");
  // The SDK prints every failed request, bodies included. Failures reach our log as errors, where they are handled.
  const silent = (): void => undefined;
  sdk.LogService.setLogger({ trace: silent, debug: silent, info: silent, warn: silent, error: silent });
  // The SDK has one request function for the whole process: requests for another homeserver, or with another token, go to the function
  // that was set before.
  // Its type is that of the `request` package, which is not installed.
  const elsewhere = sdk.getRequestFn() as unknown as SdkRequestFunction;
  sdk.setRequestFn(createRequestFunction(transport, elsewhere));
  return sdk;
}

/** A request function for matrix-bot-sdk that uses our connections, and gives failures as RemoteError. */
export function createRequestFunction(transport: Transport, elsewhere: SdkRequestFunction): SdkRequestFunction {
  return (request, callback) => {
    const authorization = request.headers?.["Authorization"];
    if (!transport.serves(request.uri, authorization)) {
      try {
        elsewhere(request, callback);
      } catch (error) {
        // What a handler still asks for while we stop has to look like a homeserver that is away: its work waits then, and is not lost.
        callback(transport.isClosed && transport.isMeant(request.uri, authorization) ? noMoreRequests() : error);
      }
      return;
    }
    transport.succeed(toHomeserverRequest(request, transport.base)).then((answer) => {
      const body = request.encoding === null ? answer.body : answer.body.toString("utf8");
      callback(null, { statusCode: answer.status, headers: answer.headers, body }, body);
    }, callback);
  };
}

function toHomeserverRequest(request: SdkRequest, base: string): HomeserverRequest {
  const contentType = request.headers?.["Content-Type"];
  return {
    method: request.method,
    path: request.uri.slice(base.length) + toQuery(request.qs ?? {}),
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(request.timeout === undefined ? {} : { timeoutMs: request.timeout }),
  };
}

/** Arrays are repeated (`a=1&a=2`), as the SDK asks the `request` package to do; what is null or undefined is left out. */
function toQuery(parameters: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== undefined && item !== null)
      .map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(String(item))}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
