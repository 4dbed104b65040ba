import { SwitchboardError, ValidationError } from "../../core/errors.js";
import { mediaType } from "../../http/content-type.js";
import { readJsonBody } from "../../http/json-body.js";
import type { Request } from "../../http/route.js";

/**
 * Reads the JSON of a request; no body at all stands for an object without members. A type need not be named, since the published examples
 * name none.
 * @throws SwitchboardError, ValidationError in the API's words
 */
export function readBody({ headers, body }: Request): unknown {
  if (body.length === 0) return {};
  const type = headers["content-type"];
  if (!["", "application/json"].includes(mediaType(type))) {
    throw new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", `Unsupported media type "${type ?? ""}" in request.`);
  }
  try {
    return readJsonBody(body);
  } catch (error) {
    if (error instanceof ValidationError) throw new ValidationError(`JSON parse error - ${reasonOf(error)}`, { cause: error });
    throw error;
  }
}

/** Of the parser's own words only the place is told: they quote what stands there, which may be a secret. */
function reasonOf({ message, cause }: ValidationError): string {
  if (!(cause instanceof SyntaxError)) return message;
  const [, position] = /at position (\d+)/.exec(cause.message) ?? [];
  if (position !== undefined) return `Unexpected text at character ${position}.`;
  return cause.message.includes("end of JSON input") ? "The text ends too early." : "The text is no JSON.";
}
