import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";
import { createRemoteCheck } from "../../vocabulary/remote-check.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";

/** Rally (CA Agile Central): its web services API asks for the user it takes us for where no user is named. */
export const rallyRemote = createRemoteCheck({
  title: "Rally",
  async ask(remote, asker) {
    const answer = await asker.json({ url: `${apiUrl(remote)}/user?fetch=UserName`, headers: credentialHeader(remote) });
    const user = ownMember(answer, "User");
    // What it refuses, it refuses with 200.
    const errors = [...ownList(user, "Errors"), ...ownList(ownMember(answer, "OperationResult"), "Errors")];
    if (errors.length > 0) throw new RemoteError("the server refuses to say who the user is");
    if (user === undefined) throw new RemoteError("the answer names no user: is it a Rally?");
    return ownText(user, "UserName") ?? ownText(user, "_refObjectName");
  },
});

/** API keys have a header of their own. */
function credentialHeader(remote: RegisteredRemote): Readonly<Record<string, string>> {
  return remote.account.kind === "token" ? { zsessionid: remote.account.token.reveal() } : { authorization: basicOf(remote) };
}

function apiUrl({ url, apiPath }: RegisteredRemote): string {
  if (apiPath !== undefined) return `${url}${apiPath}`;
  return `${url.endsWith("/slm") ? url : `${url}/slm`}/webservice/v2.0`;
}
