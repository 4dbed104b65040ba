import { answerProjects, gerritJson } from "./gerrit-projects-api.js";
import type { HostedRepositoryModel } from "./hosted-repository.js";
import { basicCredentials, type StandInApi } from "./remote-stand-in.js";

export interface StandInGerrit {
  readonly username: string;
  readonly password: string;
  readonly path?: string;
  /** Which of the two the server takes. */
  readonly scheme?: "Basic" | "Digest";
  readonly projects?: readonly HostedRepositoryModel[];
  /** How many changes its account may query at once. */
  readonly queryLimit?: number;
}

/** NOT GERRIT: "Get Account" of oneself, below `/a` for who shows an account and without it for anybody; and projects. */
export function gerritApi(options: StandInGerrit): StandInApi {
  const { username, password, path: prefix = "", scheme = "Basic", projects = [], queryLimit } = options;
  return (request) => {
    const { method, path, headers } = request;
    const isPublic = path === `${prefix}/accounts/self`;
    if (isPublic) return { status: 403, body: "Authentication required" };
    if (method !== "GET" || !path.startsWith(`${prefix}/a/`)) return { status: 404, body: "Not Found" };
    const isKnown = scheme === "Basic" && basicCredentials(headers) === `${username}:${password}`;
    if (!isKnown) return { status: 401, headers: { "www-authenticate": `${scheme} realm="Gerrit Code Review"` }, body: "Unauthorized" };
    const below = path.slice(`${prefix}/a`.length);
    if (below !== "/accounts/self") return answerProjects(below, request, projects, queryLimit) ?? { status: 404, body: "Not Found" };
    return gerritJson({ _account_id: 1_000_096, name: "Ada Example", email: "ada@example.org", username });
  };
}
