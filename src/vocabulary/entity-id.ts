import { createHash } from "node:crypto";

const fittingId = /^[A-Za-z0-9._-][A-Za-z0-9~._-]{0,1023}$/;
const longestId = 1024;

/**
 * A name of the host's as an id in development information, which may hold letters, digits and `~ . - _`: a fitting name as it is, else `~` and
 * the hexadecimal form of its UTF-8. A name that begins with `~` does not fit, so that no two names get one id. Of names that would become
 * too long the hash stands for the rest.
 */
export function entityId(name: string): string {
  if (fittingId.test(name)) return name;
  const bytes = Buffer.from(name, "utf8");
  const id = `~${bytes.toString("hex")}`;
  return id.length <= longestId ? id : `~~${createHash("sha256").update(bytes).digest("hex")}`;
}
