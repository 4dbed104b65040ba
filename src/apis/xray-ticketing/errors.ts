import type { Answer, ErrorBody, Route } from "../../http/route.js";

/** Refusals are `{"error": "<text>"}`. @param failed what an inner failure is called; the `id` stands in the log too */
export function createErrorBody(failed: string): ErrorBody {
  return ({ status, message, id }) => ({ status, body: id === undefined ? { error: message } : { error: failed, id } });
}

/** Those whose answer is more than the message. */
export const refuseTicketing: NonNullable<Route["refuse"]> = ({ code }): Answer | undefined => {
  // Every 401 has to name a way in (RFC 9110, 11.6.1).
  if (code === "HS_BAD_TOKEN") {
    return { status: 401, headers: { "www-authenticate": 'Basic realm="Xray"' }, body: { error: "Unauthorized" } };
  }
  return code === "HS_FORBIDDEN_USER" ? { status: 403, body: { error: "Permission denied" } } : undefined;
};
