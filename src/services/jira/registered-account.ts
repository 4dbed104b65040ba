import { RemoteError } from "../../core/errors.js";
import type { TrackerAccess } from "../../core/issue-tracker.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { Deployment } from "./schema.js";
import { tokenSigner, type RequestSigner } from "./signer.js";

/** As it was named; else it follows from the address. */
export function deploymentOf({ deployment, url }: { readonly deployment?: string | undefined; readonly url: string }): Deployment {
  if (deployment === "cloud" || deployment === "server") return deployment;
  return new URL(url).hostname.endsWith(".atlassian.net") ? "cloud" : "server";
}

/**
 * Shows a Jira an account that was registered or handed in. Cloud takes API tokens as passwords of the e-mail address; Server and Data Center
 * take personal access tokens as Bearer, whatever name stands beside them.
 */
export function accountSigner(account: Pick<TrackerAccess, "username" | "token" | "isToken">, deployment: Deployment): RequestSigner {
  return tokenSigner(account.isToken === true && deployment === "server" ? { token: account.token } : account);
}

/** Shows a Jira the account that was registered with it. */
export function registeredSigner(remote: RegisteredRemote): RequestSigner {
  const { account } = remote;
  switch (account.kind) {
    case "none":
      return { sign: () => Promise.reject(new RemoteError("no account was registered", { isFinal: true })) };
    case "password":
      return accountSigner({ username: account.username, token: account.password }, deploymentOf(remote));
    case "token":
      return accountSigner({ ...account, isToken: true }, deploymentOf(remote));
  }
}
