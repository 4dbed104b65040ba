import type { WebhookAnswer } from "../../core/webhook.js";
import type { Answer } from "../../http/route.js";

/** What a header's value may hold (RFC 9110, 5.5); a person's script may have written it. */
const headerText = /^[\t\x20-\x7e\x80-\xff]+$/;

/** A service's answer as the server sends it. What HTTP does not know is left out: the answer itself has to arrive. */
export function toAnswer({ status, contentType, body }: WebhookAnswer): Answer {
  const type = contentType !== undefined && headerText.test(contentType) ? { headers: { "content-type": contentType } } : {};
  return { status: isFinalStatus(status) ? status : 200, ...type, body };
}

/** Those below 200 announce another answer. */
function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
