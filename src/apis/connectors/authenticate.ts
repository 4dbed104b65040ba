import type { Callers } from "../../callers/callers.js";
import type { RequestHead } from "../../http/route.js";
import { TokenHeaderError } from "./errors.js";
import { connectorsReadScope, connectorsScope, findingsScope } from "./schema.js";

/** A program that calls the API. */
export interface ConnectorsCaller {
  readonly name: string;
  /** Whether it may see params, change connectors and test them. */
  readonly mayEdit: boolean;
  /** Remotes for which it may report findings; absent: all. */
  readonly targets?: readonly string[];
}

type Authenticate = (request: RequestHead) => Promise<ConnectorsCaller>;

/** @returns who may look, who may do everything, and who may report findings */
export function createAuthentication(callers: Pick<Callers, "authenticateToken">): {
  readonly reading: Authenticate;
  readonly editing: Authenticate;
  readonly reporting: Authenticate;
} {
  const asking =
    (wanted: readonly string[]): Authenticate =>
    async ({ headers }) => {
      const { name, scopes, targets } = await callers.authenticateToken(readToken(headers["authorization"]), wanted);
      return { name, mayEdit: scopes.includes(connectorsScope), ...(targets === undefined ? {} : { targets }) };
    };
  return {
    reading: asking([connectorsScope, connectorsReadScope]),
    editing: asking([connectorsScope]),
    reporting: asking([findingsScope]),
  };
}

/**
 * The token of `Authorization: Token <token>`. Quotes around it are a placeholder of the published pages that somebody copied.
 * @throws TokenHeaderError
 */
function readToken(header = ""): string {
  const [scheme = "", token, ...rest] = header.trim().split(/\s+/);
  if (scheme.toLowerCase() !== "token") throw new TokenHeaderError("Authentication credentials were not provided.");
  if (rest.length > 0) throw new TokenHeaderError("Invalid token header. Token string should not contain spaces.");
  const bare = /^"(.*)"$/.exec(token ?? "")?.[1] ?? token ?? "";
  if (bare === "") throw new TokenHeaderError("Invalid token header. No credentials provided.");
  return bare;
}
