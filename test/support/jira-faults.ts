/** How the stand-in's REST API fails until told otherwise. */
export type JiraFault = (
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** Never answers. */
  | { readonly kind: "silent" }
  /** Ends the connection instead of answering. */
  | { readonly kind: "cut" }
  /** Answers 200 with a web page, as a proxy's login page does. */
  | { readonly kind: "page" }
  /** Answers when the fault is taken away. */
  | { readonly kind: "held" }
) & {
  /** Only requests like these fail, such as `/^POST .*\/issue$/` to make one; all unless given. */
  readonly only?: RegExp;
  /** What was asked for is done first: only its answer fails. */
  readonly isCarriedOut?: true;
};

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (request: string) => void;
}

/** Lets tests wait for requests, named as `GET /rest/api/2/project/PLAY`. */
export class RequestWatch {
  readonly #waiters = new Set<Waiter>();

  /** Resolves at the next request that fits. */
  next(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => this.#waiters.add({ pattern, resolve }));
  }

  note(request: string): void {
    for (const waiter of this.#waiters) {
      if (!waiter.pattern.test(request)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(request);
    }
  }
}
