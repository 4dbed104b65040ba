import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownText } from "../../shared/own-member.js";
import { createRemoteCheck } from "../../vocabulary/remote-check.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";

/** A GitHub that somebody registered, in the cloud or as Enterprise Server: "Get the authenticated user". */
export const gitHubRemote = createRemoteCheck({
  title: "GitHub",
  async ask(remote, asker) {
    const headers = { accept: "application/vnd.github+json", authorization: authorizationOf(remote) };
    const login = ownText(await asker.json({ url: `${apiUrl(remote)}/user`, headers }, { explain }), "login");
    if (login === undefined) throw new RemoteError("the answer names no user: is it a GitHub?");
    return login;
  },
});

/** "Rate limits for the REST API": they are told with 403 as well as with 429. */
function explain({ status, headers }: HttpResponse): string | undefined {
  const isLimited = headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined;
  return status === 403 && isLimited ? "it takes no more requests for now (403); try again later" : undefined;
}

/** Passwords are taken by old Enterprise Servers; elsewhere a personal access token can stand in a password's place. */
function authorizationOf(remote: RegisteredRemote): string {
  return remote.account.kind === "token" ? `Bearer ${remote.account.token.reveal()}` : basicOf(remote);
}

/** GitHub's cloud has its API at a host of its own, beside that of people; an Enterprise Server below its own address. */
function apiUrl({ url, apiPath }: RegisteredRemote): string {
  if (apiPath !== undefined) return `${url}${apiPath}`;
  const { hostname, pathname } = new URL(url);
  if (hostname === "github.com" || hostname === "www.github.com") return "https://api.github.com";
  if (hostname === "api.github.com" || /^api\.[^.]+\.ghe\.com$/.test(hostname)) return url;
  // Enterprise Cloud with data residency.
  if (/^[^.]+\.ghe\.com$/.test(hostname)) return `https://api.${hostname}`;
  return pathname.endsWith("/api/v3") ? url : `${url}/api/v3`;
}
