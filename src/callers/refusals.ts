import { PermissionError } from "../core/errors.js";

/** The same words whatever is wrong, so that strangers learn nothing from them. */
export function unauthorized(): PermissionError {
  return new PermissionError("Unauthorized", "HS_BAD_TOKEN");
}

/** Whoever has the token may know its name. */
export function lacksScope(name: string, scopes: readonly string[], remedy: string): PermissionError {
  return new PermissionError(`The token ${name} lacks the scope ${scopes.join(" or ")}.`, "HS_FORBIDDEN_USER", remedy);
}
