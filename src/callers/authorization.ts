import { isUtf8 } from "node:buffer";

/** What a request says of who sends it. Not checked yet. */
export type Credentials =
  { readonly kind: "bearer"; readonly token: string } | { readonly kind: "basic"; readonly name: string; readonly password: string };

/**
 * Reads an `Authorization` header (RFC 9110, section 11.6.2). The case of the scheme's name does not matter.
 * @returns undefined when there is none, or it is in no form that we know
 */
export function readCredentials(header: string | undefined): Credentials | undefined {
  const [, scheme = "", rest = ""] = /^([A-Za-z]+) +(\S+) *$/.exec(header ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { kind: "bearer", token: rest };
    case "basic":
      return readBasic(rest);
    default:
      return undefined;
  }
}

/** RFC 7617: base64 of UTF-8; the first colon ends the name. */
function readBasic(encoded: string): Credentials | undefined {
  // Node's decoder passes over whatever it does not know.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1 || !isUtf8(bytes)) return undefined;
  return { kind: "basic", name: text.slice(0, colon), password: text.slice(colon + 1) };
}
