export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Takes any certificate: somebody registered the remote so. Guarded client only. */
  readonly acceptsAnyCertificate?: true;
  /** Goes past `outbound.proxy`. Guarded client only. */
  readonly skipsProxy?: true;
  /** A redirect to another origin fails instead of being followed without credentials. Guarded client only. */
  readonly staysAtOrigin?: true;
  /** Milliseconds until the request counts as lost; 15,000 unless given. */
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As UTF-8 text. */
  readonly body: string;
  /** As it came. */
  readonly bytes: Buffer;
}

/** Requests to remote systems. Redirects are followed for typed addresses only; bodies are limited. */
export interface HttpClient {
  /** Gives any answer, whatever its status. @throws RemoteError when no answer came */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Judges an address as somebody types it, as far as that goes without asking anybody: names are judged when a request is made.
   * Absent where every address may be asked.
   * @throws RemoteError whose message says what is wrong with the address
   */
  check?(url: string): void;
}
