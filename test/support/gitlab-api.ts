import { answerProjects } from "./gitlab-projects-api.js";
import type { HostedRepositoryModel } from "./hosted-repository.js";
import { json, type StandInApi } from "./remote-stand-in.js";

export interface StandInGitLab {
  readonly username: string;
  /** Personal access token, or the token that a session gives. */
  readonly token: string;
  readonly password?: string;
  /** Of the token; all that it takes unless given. */
  readonly scopes?: readonly string[];
  /** Of which the account is a member, by id. */
  readonly projects?: readonly HostedRepositoryModel[];
}

/** NOT GITLAB: "Users API", projects, and, in version 3, "Session", as GitLab documents them. */
export function gitLabApi(options: StandInGitLab, version: "v3" | "v4" = "v4"): StandInApi {
  const { username, token, password, scopes = ["api"], projects = [] } = options;
  const user = { id: 1, username, name: "Ada Example", state: "active" };
  return (request) => {
    const { method, path, headers, body } = request;
    if (version === "v3" && method === "POST" && path === "/api/v3/session") {
      const form = new URLSearchParams(body);
      const isGood = form.get("login") === username && form.get("password") === password;
      return isGood ? json({ ...user, private_token: token }, 201) : json({ message: "401 Unauthorized" }, 401);
    }
    if (method !== "GET" || !path.startsWith(`/api/${version}/`)) return json({ error: "404 Not Found" }, 404);
    const isUser = path === `/api/${version}/user`;
    const shown = headers["private-token"] ?? headers.authorization?.replace(/^Bearer /, "");
    if (shown !== token) return json({ message: "401 Unauthorized" }, 401);
    const isInScope = scopes.includes("api") || scopes.includes(isUser ? "read_user" : "read_api");
    if (isInScope && isUser) return json(user);
    if (isInScope) return answerProjects(request, version, projects) ?? json({ error: "404 Not Found" }, 404);
    const description = "The request requires higher privileges than provided by the access token.";
    return json({ error: "insufficient_scope", error_description: description, scope: "api read_user read_api" }, 403);
  };
}
