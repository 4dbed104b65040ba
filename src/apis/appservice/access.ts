import { PermissionError } from "../../core/errors.js";
import { bearerToken } from "../../http/bearer-token.js";
import type { RequestHead } from "../../http/route.js";
import type { Secret } from "../../shared/secret.js";

/**
 * The homeserver proves itself by `hs_token`: in the header, or as older homeservers do in the query.
 * Missing and wrong are both 401; the spec's 403 for a wrong one is optional and helps nobody (Matrix spec, application service API).
 */
export function createHomeserverAccess(hsToken: Secret): (request: RequestHead) => void {
  return (request) => {
    const token = bearerToken(request) ?? request.query.get("access_token");
    if (token === null) throw new PermissionError("The homeserver's token is missing.", "HS_BAD_TOKEN");
    if (!hsToken.equals(token)) {
      throw new PermissionError("The token is not the hs_token of the registration file.", "HS_BAD_TOKEN");
    }
  };
}
