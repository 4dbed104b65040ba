import { basicCredentials, json, type StandInApi } from "./remote-stand-in.js";

export interface StandInGerrit {
  readonly username: string;
  readonly password: string;
  readonly path?: string;
  /** Which of the two the server takes. */
  readonly scheme?: "Basic" | "Digest";
}

/** NOT GERRIT: "Get Account" of oneself, below `/a` for who shows an account and without it for anybody. */
export function gerritApi({ username, password, path: prefix = "", scheme = "Basic" }: StandInGerrit): StandInApi {
  return ({ method, path, headers }) => {
    const isPublic = path === `${prefix}/accounts/self`;
    if (isPublic) return { status: 403, body: "Authentication required" };
    if (method !== "GET" || path !== `${prefix}/a/accounts/self`) return { status: 404, body: "Not Found" };
    const isKnown = scheme === "Basic" && basicCredentials(headers) === `${username}:${password}`;
    if (!isKnown) return { status: 401, headers: { "www-authenticate": `${scheme} realm="Gerrit Code Review"` }, body: "Unauthorized" };
    const account = { _account_id: 1_000_096, name: "Ada Example", email: "ada@example.org", username };
    return { ...json(account), body: `)]}'\n${JSON.stringify(account)}` };
  };
}
