import type { HttpClient, HttpRequest, HttpResponse } from "../../src/core/ports/http-client.js";

/** A request as it was made. */
export interface RecordedRequest {
  /** Method and address without its query: `GET https://jira.example.org/rest/api/2/myself`. */
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  /** Parsed JSON; what is no JSON as text. */
  readonly body: unknown;
}

type Answer = unknown;

/** A network that answers as told, by method and address; everything else is not found. Answers are JSON of status 200 unless they say more. */
export class RecordedHttp implements HttpClient {
  readonly requests: RecordedRequest[] = [];
  readonly #answers: Map<string, Answer>;

  constructor(answers: Readonly<Record<string, Answer>> = {}) {
    this.#answers = new Map(Object.entries(answers));
  }

  /** From now on. */
  answer(call: string, answer: Answer): void {
    this.#answers.set(call, answer);
  }

  get calls(): readonly string[] {
    return this.requests.map(({ call }) => call);
  }

  async request({ method, url, headers = {}, body }: HttpRequest): Promise<HttpResponse> {
    const address = new URL(url);
    const call = `${method} ${address.origin}${address.pathname}`;
    this.requests.push({
      call,
      query: Object.fromEntries(address.searchParams),
      headers,
      authorization: headers["authorization"],
      body: body === undefined ? undefined : parseOrText(body.toString()),
    });
    return this.#respond(call);
  }

  #respond(call: string): HttpResponse {
    const answer = this.#answers.get(call);
    if (answer === undefined) return respond(404);
    if (answer instanceof Error) throw answer;
    if (isResponse(answer)) return answer;
    return respond(200, JSON.stringify(answer));
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An answer with a status, for `RecordedHttp`. A string and a Buffer are sent as they are, anything else as JSON. */
export function respond(status: number, body: unknown = "", headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return { status, headers, body: bytes.toString("utf8"), bytes };
}

function isResponse(answer: unknown): answer is HttpResponse {
  return typeof answer === "object" && answer !== null && "status" in answer && "headers" in answer;
}
