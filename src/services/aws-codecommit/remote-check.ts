import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownMember } from "../../shared/own-member.js";
import { createRemoteCheck, type RemoteQuestion } from "../../vocabulary/remote-check.js";
import { describeRefusal } from "./refusals.js";
import { signRequest, type AwsKey } from "./signature.js";

/**
 * AWS CodeCommit: `ListRepositories`. The user is an access key id, the password its secret access key, which is never sent: it signs.
 * Git's own user names and passwords for CodeCommit open no API.
 */
export const awsCodeCommitRemote = createRemoteCheck({
  title: "AWS CodeCommit",
  thingsToCheck: () => "region, access key id, secret access key",
  async ask(remote, asker) {
    const explain = (response: HttpResponse): string | undefined => describeRefusal(response, asker.now());
    const answer = await asker.json(listRepositories(remote, "{}", asker.now()), { explain });
    if (!Array.isArray(ownMember(answer, "repositories"))) throw new RemoteError("the answer lists no repositories: is it CodeCommit?");
    // Whose key it is, it does not say.
    return undefined;
  },
});

/**
 * `ListRepositories`, signed.
 * @param now milliseconds since the epoch
 * @throws RemoteError where there is no key or region
 */
export function listRepositories(remote: RegisteredRemote, body: string, now: number): RemoteQuestion & { readonly method: "POST" } {
  const { host, origin } = apiUrl(remote.url);
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "CodeCommit_20150413.ListRepositories" };
  const signed = signRequest({ host, headers, body, region: regionOf(remote), service: "codecommit", now }, keyOf(remote));
  return { method: "POST", url: `${origin}/`, headers: signed, body };
}

function keyOf({ account }: RegisteredRemote): AwsKey {
  if (account.kind === "password") return { id: account.username, secret: account.password.reveal() };
  throw new RemoteError("an access key id and a secret access key are needed", { isFinal: true });
}

/**
 * The API beside the registered address of Git: `git-codecommit.<region>.amazonaws.com` becomes `codecommit.…`, also behind a VPC endpoint's
 * name. Only within AWS's own domains: whoever has one name there does not have the other elsewhere.
 */
function apiUrl(registered: string): URL {
  const url = new URL(registered);
  if (isAws(url.hostname)) url.hostname = url.hostname.replace(/(^|\.)git-codecommit(?=[.-])/, "$1codecommit");
  return url;
}

/** As it was registered, or as the address has it. @throws RemoteError */
export function regionOf({ settings, url }: RegisteredRemote): string {
  const region = settings["region"] ?? regionIn(new URL(url).hostname);
  if (region === undefined) throw new RemoteError("no region is given", { isFinal: true });
  return region;
}

function regionIn(hostname: string): string | undefined {
  return isAws(hostname) ? /codecommit(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(hostname)?.[1] : undefined;
}

export function isAws(hostname: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(hostname);
}
