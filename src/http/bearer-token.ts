import type { RequestHead } from "./route.js";

/** The token of `Authorization: Bearer …`; undefined when there is none. */
export function bearerToken({ headers }: RequestHead): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers["authorization"] ?? "")?.[1];
}
