import { SwitchboardError } from "../core/errors.js";
import type { RemoteAccount } from "../core/registered-remote.js";
import { wellFormed } from "../shared/well-formed.js";
import { cutText } from "../vocabulary/cut-text.js";

const longestSentence = 500;
/** A shorter secret may stand in any sentence by chance, and taking it out would tell it. */
const shortestSought = 6;

/** What people may read of a failure. Anything unexpected may say anything, so only the log has it. */
export function failureSentence(error: unknown, account: RemoteAccount): string {
  const message = error instanceof SwitchboardError ? error.message : "An internal error occurred; the log says more.";
  const text = formsOf(account).reduce((cut, form) => cut.replaceAll(form, "[secret]"), message);
  return cutText(wellFormed(text).replace(/\p{Cc}+/gu, " "), longestSentence);
}

/** The second line of defence: a remote may repeat what it was sent, in the form in which it was sent. */
function formsOf(account: RemoteAccount): readonly string[] {
  if (account.kind === "none") return [];
  const secret = (account.kind === "password" ? account.password : account.token).reveal();
  if (secret.length < shortestSought) return [];
  const pair = `${account.username ?? ""}:${secret}`;
  const encoded = [secret, pair, `:${secret}`].map((text) => Buffer.from(text).toString("base64"));
  return [secret, encodeURIComponent(wellFormed(secret)), ...encoded];
}
