import { ask } from "./ask.js";

export interface ApiAnswer {
  readonly status: number;
  /** The JSON of the answer. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The same, for answers that are lists. */
  readonly list: readonly Readonly<Record<string, unknown>>[];
  readonly text: string;
}

/** What the API tells of a connection. */
export interface ConnectionItem {
  readonly id: string;
  readonly type: string;
  readonly eventType: string;
  readonly service: string;
  readonly botUserId: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

interface CallOptions {
  /** An object is sent as JSON. */
  readonly body?: object | string;
  /** Null leaves the header out. */
  readonly authorization?: string | null;
  /** Null leaves it out. */
  readonly userId?: string | null;
  readonly query?: Readonly<Record<string, string>>;
}

type Method = "GET" | "PUT" | "PATCH" | "DELETE" | "POST";

/** A program that calls the provisioning API for somebody. Paths go out as they are given, so room ids may be escaped or not. */
export class ProvisioningCaller {
  readonly #port: number;
  readonly #token: string;
  readonly #userId: string;

  constructor(port: number, token: string, userId: string) {
    this.#port = port;
    this.#token = token;
    this.#userId = userId;
  }

  /** @param path below `/v1` */
  async call(method: Method, path: string, options: CallOptions = {}): Promise<ApiAnswer> {
    const { body, authorization = `Bearer ${this.#token}`, userId = this.#userId, query = {} } = options;
    const search = new URLSearchParams({ ...(userId === null ? {} : { userId }), ...query }).toString();
    const headers = {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const { status, text } = await ask(this.#port, `/v1${path}${search === "" ? "" : `?${search}`}`, { method, headers, ...sent });
    const json: unknown = JSON.parse(text);
    // An API of JSON: tests look at what they got.
    const [one, list] = [json as ApiAnswer["body"], (Array.isArray(json) ? json : []) as ApiAnswer["list"]];
    return { status, body: one, list, text };
  }

  /** What a room is connected to. @throws Error when that is refused */
  async connections(roomId: string): Promise<readonly ConnectionItem[]> {
    const answer = await this.call("GET", `/${roomId}/connections`);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    // As the API documents it.
    return answer.list as unknown as readonly ConnectionItem[];
  }

  put(roomId: string, type: string, body: object | string): Promise<ApiAnswer> {
    return this.call("PUT", `/${roomId}/connections/${type}`, { body });
  }

  patch(roomId: string, id: string, body: object | string): Promise<ApiAnswer> {
    return this.call("PATCH", `/${roomId}/connections/${id}`, { body });
  }

  remove(roomId: string, id: string): Promise<ApiAnswer> {
    return this.call("DELETE", `/${roomId}/connections/${id}`);
  }

  /** Sets a connection up. @throws Error when that is refused */
  async set(roomId: string, type: string, body: object): Promise<ConnectionItem> {
    const answer = await this.put(roomId, type, body);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    // As the API documents it.
    return answer.body as unknown as ConnectionItem;
  }
}
