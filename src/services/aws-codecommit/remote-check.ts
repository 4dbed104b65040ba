import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownMember } from "../../shared/own-member.js";
import { createRemoteCheck, type RemoteAsker } from "../../vocabulary/remote-check.js";
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
    const url = apiUrl(remote.url);
    const headers = signedHeaders(remote, url, asker);
    const answer = await asker.json(
      { method: "POST", url: `${url.origin}/`, headers, body },
      { explain: (response) => describeRefusal(response, asker.now()) },
    );
    if (!Array.isArray(ownMember(answer, "repositories"))) throw new RemoteError("the answer lists no repositories: is it CodeCommit?");
    // Whose key it is, it does not say.
    return undefined;
  },
});

const body = "{}";

function signedHeaders(remote: RegisteredRemote, { host, hostname }: URL, asker: RemoteAsker): Readonly<Record<string, string>> {
  const region = remote.settings["region"] ?? regionOf(hostname);
  if (region === undefined) throw new RemoteError("no region is given", { isFinal: true });
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "CodeCommit_20150413.ListRepositories" };
  return signRequest({ host, headers, body, region, service: "codecommit", now: asker.now() }, keyOf(remote));
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

function regionOf(hostname: string): string | undefined {
  return isAws(hostname) ? /codecommit(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(hostname)?.[1] : undefined;
}

function isAws(hostname: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(hostname);
}
