import { NotFoundError, type ErrorCode } from "../../core/errors.js";
import type { Answer, ErrorBody, Route } from "../../http/route.js";
import { gitIntegrationsReadScope, gitIntegrationsScope, texts, wayIn } from "./schema.js";

/*
 * Refusals are `{"success": false, "error": "<what>", "advice": "<what to do>"}`, as the published pages have them.
 */

/** Nothing has that id. The product that the API is of says "Repository" of integrations too. */
export class UnknownIdError extends NotFoundError {
  constructor(id: number) {
    super(`Repository with id=${id} does not exist`);
  }
}

/** What stands in the place of an id, or the id of a run. */
export class NoIdError extends NotFoundError {}

const existingId = "Retry with an existing id.";

/** By code, for those with whom the sender can do something. */
const advices: Partial<Readonly<Record<ErrorCode, string>>> = {
  HS_BAD_TOKEN: `Send name and password of an administrator (Basic), or a token with the scope ${gitIntegrationsScope} (Bearer).`,
  HS_FORBIDDEN_USER: `Use a token with the scope ${gitIntegrationsScope} (${gitIntegrationsReadScope} is enough for the list of repositories), or an administrator's name and password.`,
  HS_NOTFOUND: "Check the path.",
  HS_METHOD_NOT_ALLOWED: "Use one of the methods that the header Allow names.",
  HS_UNSUPPORTED_MEDIA_TYPE: "Send the body with Content-Type: application/json.",
  HS_TOO_LARGE: "Send a smaller body.",
  HS_BAD_VALUE: "Correct what the error names, and send the request again.",
};

const otherAdvice = "Send the request again later. Where it fails again, ask the administrator, whose log says more.";

/** Inner failures have an id, which stands in the log too. */
export const gitIntegrationsErrorBody: ErrorBody = ({ status, code, message, id }) => ({
  status,
  body: {
    ...refusal(message, id === undefined ? (advices[code] ?? otherAdvice) : "Ask the administrator: the id finds the failure in the log."),
    ...(id === undefined ? {} : { id }),
  },
});

/** Those whose answer is more than the message. */
export const refuseGitIntegrations: NonNullable<Route["refuse"]> = (error, { path }): Answer | undefined => {
  if (error instanceof UnknownIdError || error instanceof NoIdError) return { status: 404, body: refusal(error.message, existingId) };
  // Every 401 has to name a way in (RFC 9110, 11.6.1).
  if (error.code === "HS_BAD_TOKEN") {
    const body = refusal(error.message, advices.HS_BAD_TOKEN ?? otherAdvice);
    return { status: 401, headers: { "www-authenticate": wayIn }, body };
  }
  // No id is written with a percent sign that encodes nothing.
  return error.code === "HS_BAD_VALUE" && !isEncodedWell(path) ? { status: 404, body: refusal(texts.noIntegerId, existingId) } : undefined;
};

function refusal(error: string, advice: string): object {
  return { success: false, error, advice };
}

function isEncodedWell(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
