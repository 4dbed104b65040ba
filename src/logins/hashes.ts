import { createHash } from "node:crypto";

/** What we keep of a text that somebody else holds, or that is compared: nobody can tell the text from it. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
