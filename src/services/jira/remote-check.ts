import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { createRemoteCheck, type RemoteAsker } from "../../vocabulary/remote-check.js";
import { registeredSigner } from "./registered-account.js";
import type { SignedRequest } from "./signer.js";

/**
 * A Jira that somebody registered: who we are, and where issues are to be made, whether we may make them. Version 2 of the REST API answers
 * both on Cloud, Server and Data Center, and is what the contracts of the APIs that register one name.
 */
export const jiraRemote = createRemoteCheck({
  title: "Jira",
  async ask(remote, asker) {
    const account = await readMyself(remote, asker);
    if (remote.mustCreateIssues === true) await checkCreating(remote, asker);
    return account;
  },
});

async function readMyself(remote: RegisteredRemote, asker: RemoteAsker): Promise<string | undefined> {
  const url = `${apiUrl(remote)}/myself`;
  const myself = await asker.json({ url, headers: await headersFor(remote, { method: "GET", url }) }, { explain });
  // Cloud tells nobody's name to some apps, but always its id.
  if (ownText(myself, "accountId") === undefined && ownText(myself, "name") === undefined) {
    throw new RemoteError("the answer names no user: is it a Jira, and is its context path there?");
  }
  return ownText(myself, "displayName") ?? ownText(myself, "name") ?? ownText(myself, "accountId");
}

/** "Get my permissions", which says whether there is any project where the account has one. Old servers do not have it (404). */
async function checkCreating(remote: RegisteredRemote, asker: RemoteAsker): Promise<void> {
  const url = `${apiUrl(remote)}/mypermissions?permissions=CREATE_ISSUES`;
  const response = await asker.send({ url, headers: await headersFor(remote, { method: "GET", url }) });
  if (response.status === 404) return;
  const answer = asker.read(response, { explain });
  const permission = ownMember(ownMember(answer, "permissions"), "CREATE_ISSUES");
  if (ownMember(permission, "havePermission") === false) throw new RemoteError("the account may not create issues anywhere");
}

/** After several wrong passwords Server and Data Center ask for a captcha ("CAPTCHA" in the documentation of the REST API). */
function explain({ status, headers }: HttpResponse): string | undefined {
  const wantsCaptcha = (status === 401 || status === 403) && /captcha/i.test(headers["x-authentication-denied-reason"] ?? "");
  return wantsCaptcha ? `the account has to log in with a browser once, to solve a captcha (${status})` : undefined;
}

async function headersFor(remote: RegisteredRemote, request: SignedRequest): Promise<Readonly<Record<string, string>>> {
  return { authorization: (await registeredSigner(remote).sign(request)).authorization };
}

function apiUrl({ url, apiPath = "/rest/api/2" }: RegisteredRemote): string {
  return `${url}${apiPath}`;
}
