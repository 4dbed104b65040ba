import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { Deployment } from "./schema.js";
import { tokenSigner, type RequestSigner } from "./signer.js";

/** As it was registered; else it follows from the address. */
export function deploymentOf({ deployment, url }: Pick<RegisteredRemote, "deployment" | "url">): Deployment {
  if (deployment === undefined) return new URL(url).hostname.endsWith(".atlassian.net") ? "cloud" : "server";
  return deployment === "cloud" ? "cloud" : "server";
}

/**
 * Shows a Jira the account that was registered with it. Cloud takes API tokens as passwords of the e-mail address; Server and Data Center take
 * personal access tokens as Bearer, whatever name was registered beside them.
 */
export function registeredSigner(remote: RegisteredRemote): RequestSigner {
  const { account } = remote;
  switch (account.kind) {
    case "none":
      return { sign: () => Promise.reject(new RemoteError("no account was registered", { isFinal: true })) };
    case "password":
      return tokenSigner({ username: account.username, token: account.password });
    case "token": {
      const { username, token } = account;
      return tokenSigner(username !== undefined && deploymentOf(remote) === "cloud" ? { username, token } : { token });
    }
  }
}
