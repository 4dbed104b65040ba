import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import { ownText } from "../../shared/own-member.js";
import { createRemoteCheck } from "../../vocabulary/remote-check.js";
import { authorizationOf, registeredApiUrl } from "./registered-site.js";

/** A GitHub that somebody registered, in the cloud or as Enterprise Server: "Get the authenticated user". */
export const gitHubRemote = createRemoteCheck({
  title: "GitHub",
  async ask(remote, asker) {
    const headers = { accept: "application/vnd.github+json", authorization: authorizationOf(remote) };
    const login = ownText(await asker.json({ url: `${registeredApiUrl(remote)}/user`, headers }, { explain }), "login");
    if (login === undefined) throw new RemoteError("the answer names no user: is it a GitHub?");
    return login;
  },
});

/** "Rate limits for the REST API": they are told with 403 as well as with 429. */
function explain({ status, headers }: HttpResponse): string | undefined {
  const isLimited = headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined;
  return status === 403 && isLimited ? "it takes no more requests for now (403); try again later" : undefined;
}
