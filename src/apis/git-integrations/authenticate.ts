import { readCredentials } from "../../callers/authorization.js";
import type { Caller, Callers } from "../../callers/callers.js";
import { SwitchboardError } from "../../core/errors.js";
import { mediaType } from "../../http/content-type.js";
import type { RequestHead } from "../../http/route.js";
import { gitIntegrationsReadScope, gitIntegrationsScope } from "./schema.js";

type Authenticate = (request: RequestHead) => Promise<Caller>;

/** @returns who may list repositories, and who may do everything */
export function createAuthentication(callers: Pick<Callers, "authenticate" | "authenticateToken">): {
  readonly reading: Authenticate;
  readonly administering: Authenticate;
} {
  return {
    async reading({ headers }) {
      const { authorization } = headers;
      const credentials = readCredentials(authorization);
      if (credentials?.kind !== "bearer") return callers.authenticate(authorization, gitIntegrationsScope);
      const { name, kind } = await callers.authenticateToken(credentials.token, [gitIntegrationsScope, gitIntegrationsReadScope]);
      return { name, kind };
    },
    async administering(request) {
      const caller = await callers.authenticate(request.headers["authorization"], gitIntegrationsScope);
      checkBodyType(request);
      return caller;
    },
  };
}

/**
 * A page of another site can have a browser send a password that the browser remembers, but no JSON: so a body of another type, or of none,
 * is refused, whether or not it would be read.
 * @throws SwitchboardError
 */
function checkBodyType({ headers }: RequestHead): void {
  const { "content-length": length, "transfer-encoding": encoding, "content-type": type } = headers;
  const hasBody = encoding !== undefined || (length !== undefined && Number(length) > 0);
  if (!hasBody || mediaType(type) === "application/json") return;
  throw new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json, and its Content-Type has to say so.");
}
