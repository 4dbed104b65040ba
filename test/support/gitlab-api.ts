import { json, type StandInApi } from "./remote-stand-in.js";

export interface StandInGitLab {
  readonly username: string;
  /** Personal access token, or the token that a session gives. */
  readonly token: string;
  readonly password?: string;
  /** Of the token; all that it takes unless given. */
  readonly scopes?: readonly string[];
}

/** NOT GITLAB: "Users API" and, in version 3, "Session", as GitLab documents them. */
export function gitLabApi({ username, token, password, scopes = ["api"] }: StandInGitLab, version: "v3" | "v4" = "v4"): StandInApi {
  const user = { id: 1, username, name: "Ada Example", state: "active" };
  return ({ method, path, headers, body }) => {
    if (version === "v3" && method === "POST" && path === "/api/v3/session") {
      const form = new URLSearchParams(body);
      const isGood = form.get("login") === username && form.get("password") === password;
      return isGood ? json({ ...user, private_token: token }, 201) : json({ message: "401 Unauthorized" }, 401);
    }
    if (method !== "GET" || path !== `/api/${version}/user`) return json({ error: "404 Not Found" }, 404);
    const shown = headers["private-token"] ?? headers.authorization?.replace(/^Bearer /, "");
    if (shown !== token) return json({ message: "401 Unauthorized" }, 401);
    if (scopes.includes("api") || scopes.includes("read_user")) return json(user);
    const description = "The request requires higher privileges than provided by the access token.";
    return json({ error: "insufficient_scope", error_description: description, scope: "api read_user read_api" }, 403);
  };
}
