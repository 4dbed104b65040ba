import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { createRemoteCheck } from "../../vocabulary/remote-check.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";

/** Stands before all JSON of Gerrit's, so that no page can run it as a script ("REST API: Output Format"). */
export const prefix = ")]}'";

/** Gerrit: "Get Account" of oneself. The password is the HTTP password (or token) of Gerrit's own settings. */
export const gerritRemote = createRemoteCheck({
  title: "Gerrit",
  async ask(remote, asker) {
    const headers = { authorization: basicOf(remote) };
    const account = await asker.json({ url: `${apiUrl(remote)}/accounts/self`, headers }, { prefix, explain });
    if (typeof ownMember(account, "_account_id") !== "number") throw new RemoteError("the answer names no account: is it a Gerrit?");
    return ownText(account, "username") ?? ownText(account, "name");
  },
});

/** Before 2.14 it could ask for Digest, which needs a password that is kept as it is. */
export function explain({ status, headers }: HttpResponse): string | undefined {
  const wantsDigest = status === 401 && /^digest\b/i.test(headers["www-authenticate"] ?? "");
  return wantsDigest ? "the server takes Digest alone, so the account cannot be shown to it (401)" : undefined;
}

/** `/a` is where Gerrit asks who somebody is, whatever it shows to anybody. */
export function apiUrl({ url, apiPath }: RegisteredRemote): string {
  return `${url}${apiPath ?? "/a"}`;
}
