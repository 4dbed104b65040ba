import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownText } from "../../shared/own-member.js";
import { createRemoteCheck, type RemoteQuestion } from "../../vocabulary/remote-check.js";

/**
 * GitLab, in the cloud or self-managed. API version 4 knows accounts by a token; version 3 (`legacy`, removed in GitLab 11) by a password as
 * well, which is exchanged for one.
 */
export const gitLabRemote = createRemoteCheck({
  title: "GitLab",
  async ask(remote, asker) {
    const { account } = remote;
    if (account.kind === "token") return userName(await asker.json(currentUser(remote, account.token.reveal()), { explain }));
    if (account.kind === "password" && isLegacy(remote)) return userName(await asker.json(sessionOf(remote, account)));
    throw new RemoteError("GitLab is asked with a personal access token, and there is none", { isFinal: true });
  },
});

function userName(answer: unknown): string {
  const name = ownText(answer, "username");
  if (name === undefined) throw new RemoteError("the answer names no user: is it a GitLab?");
  return name;
}

/** "Users API: retrieve the current user". */
function currentUser(remote: RegisteredRemote, token: string): RemoteQuestion {
  return { url: `${apiUrl(remote)}/user`, headers: tokenHeader(token) };
}

/** "Session" of API version 3. Its answer holds a token, which is dropped. The parameters go into the body: addresses are logged. */
export function sessionOf(remote: RegisteredRemote, account: Extract<RegisteredRemote["account"], { kind: "password" }>): RemoteQuestion {
  const body = new URLSearchParams({ login: account.username, password: account.password.reveal() }).toString();
  return { method: "POST", url: `${apiUrl(remote)}/session`, headers: { "content-type": "application/x-www-form-urlencoded" }, body };
}

/** Tokens of OAuth are 64 hexadecimal digits and go into the standard's header, all others into GitLab's own. */
export function tokenHeader(token: string): Readonly<Record<string, string>> {
  return /^[0-9a-f]{64}$/.test(token) ? { authorization: `Bearer ${token}` } : { "private-token": token };
}

function explain(response: HttpResponse): string | undefined {
  return explainScopes(response, "read_user or api");
}

/** `insufficient_scope` of OAuth (RFC 6750, section 3.1), which GitLab says of personal tokens as well. */
export function explainScopes({ status, body }: HttpResponse, needed: string): string | undefined {
  if (status !== 403 || !body.includes('"insufficient_scope"')) return undefined;
  return `the api token lacks the scope ${needed} (403)`;
}

export function apiUrl(remote: RegisteredRemote): string {
  return `${remote.url}${remote.apiPath ?? (isLegacy(remote) ? "/api/v3" : "/api/v4")}`;
}

export function isLegacy({ deployment, apiPath }: RegisteredRemote): boolean {
  return deployment === "legacy" || apiPath?.endsWith("/v3") === true;
}
