import type { HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import type { TrackerAccess } from "../../core/issue-tracker.js";

/** Shows Jira who asks. */
export interface RequestSigner {
  /** @throws RemoteError when the login has ended (401), or cannot be renewed just now */
  sign(request: SignedRequest): Promise<Signature>;
  /**
   * Another signature, once Jira did not take the first (401): the login may have been renewed meanwhile, or can be.
   * @returns undefined when there is none
   * @throws RemoteError
   */
  signAgain?(request: SignedRequest, refused: Signature, answer: HttpResponse): Promise<Signature | undefined>;
}

/** With the query; bodies are not signed. */
export type SignedRequest = Pick<HttpRequest, "method" | "url">;

export interface Signature {
  /** The header of that name. */
  readonly authorization: string;
  /** What nobody may be shown, should an answer repeat it. */
  readonly secrets: readonly string[];
  /** The stored login that it was made from. */
  readonly login?: string;
}

/** Jira Cloud: Basic with e-mail address and API token. Data Center: Bearer with a personal access token, or Basic. */
export function tokenSigner({ username, token }: Pick<TrackerAccess, "username" | "token">): RequestSigner {
  return {
    async sign() {
      if (username === undefined) return bearer(token.reveal());
      const encoded = Buffer.from(`${username}:${token.reveal()}`, "utf8").toString("base64");
      return { authorization: `Basic ${encoded}`, secrets: [token.reveal(), encoded] };
    },
  };
}

export function bearer(token: string): Signature {
  return { authorization: `Bearer ${token}`, secrets: [token] };
}
