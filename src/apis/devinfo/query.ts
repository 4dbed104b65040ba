import { ValidationError } from "../../core/errors.js";
import type { RequestHead } from "../../http/route.js";
import { parseInt64 } from "./int64.js";

/** Where Connect knows a token in the address; it is none here, and no property. */
const tokenParameter = "jwt";
const sequenceParameter = "_updateSequenceId";

/** @param sent `_updateSequenceId`, where it was sent. @throws ValidationError for what is no int64 */
export function readUpTo({ _updateSequenceId: sent }: { readonly _updateSequenceId?: string }): bigint | undefined {
  if (sent === undefined) return undefined;
  const upTo = parseInt64(sent);
  if (upTo === undefined) throw new ValidationError(`${sequenceParameter} has to be a whole number of 64 bits.`);
  return upTo;
}

/** Every parameter that has no other meaning. @throws ValidationError */
export function readProperties(query: URLSearchParams): Readonly<Record<string, string>> {
  const pairs = [...query].filter(([name]) => name !== sequenceParameter && name !== tokenParameter);
  if (pairs.length === 0) throw new ValidationError("No property is given.");
  const names = pairs.map(([name]) => name);
  if (new Set(names).size < names.length) throw new ValidationError("A property is given more than once.");
  if (names.some((name) => name.startsWith("_"))) throw new ValidationError("A name of properties begins with _.");
  return Object.fromEntries(pairs);
}

/** The request as it goes on to others: below the API's place, without a token. @param place `/ex/:cloudId/rest` */
export function pathAndQuery({ path, query }: RequestHead, place: string): string {
  const below = path.split("/").slice(place.split("/").length).join("/").replace(/\/$/, "");
  const asked = new URLSearchParams(query);
  asked.delete(tokenParameter);
  return asked.size === 0 ? `/${below}` : `/${below}?${asked.toString()}`;
}
