import type { HttpResponse } from "../../core/ports/http-client.js";
import { ownText } from "../../shared/own-member.js";

const wrongKey = "the access key id is not known";
const wrongSecret = "the secret access key does not belong to the access key id";
const noRight = "the account may not list repositories: it needs codecommit:ListRepositories";

/** By the names of AWS ("Common errors"), which its JSON protocols give with 400 as well as with 403. */
const words: ReadonlyMap<string, string> = new Map([
  ["UnrecognizedClientException", wrongKey],
  ["InvalidClientTokenId", wrongKey],
  ["InvalidAccessKeyId", wrongKey],
  ["InvalidSignatureException", wrongSecret],
  ["SignatureDoesNotMatch", wrongSecret],
  ["IncompleteSignature", "the access key id is none, or the region is wrong"],
  ["IncompleteSignatureException", "the access key id is none, or the region is wrong"],
  ["MissingAuthenticationTokenException", "the credentials were not taken notice of: is it the address of CodeCommit?"],
  ["MissingAuthenticationToken", "the credentials were not taken notice of: is it the address of CodeCommit?"],
  ["AccessDeniedException", noRight],
  ["AccessDenied", noRight],
  ["NotAuthorized", noRight],
  ["OptInRequired", "the account is not subscribed to the service"],
  ["ExpiredTokenException", "the credentials have expired"],
  ["ExpiredToken", "the credentials have expired"],
  ["RequestExpired", "the request came too late: do the clocks agree?"],
  ["ThrottlingException", "it takes no more requests for now; try again later"],
  ["Throttling", "it takes no more requests for now; try again later"],
  ["UnknownOperationException", "there is no CodeCommit at this address"],
]);

/** Milliseconds that AWS lets the clocks differ. */
const largestSkewMs = 5 * 60_000;

/** What AWS refuses a request for, in words of ours; undefined where its answer gives no name that is known. */
export function describeRefusal(response: HttpResponse, now: number): string | undefined {
  const { status, headers } = response;
  if (status < 400) return undefined;
  const name = errorName(response);
  const minutes = minutesApart(headers["date"], now);
  // Then every signature is wrong, whoever signs.
  if (words.get(name) === wrongSecret && minutes !== 0)
    return `the clock of this server differs from that of AWS by ${minutes} minutes (${status})`;
  const known = words.get(name);
  return known === undefined ? undefined : `${known} (${status})`;
}

/** AWS says so with 400 as well. */
export function isThrottled(response: HttpResponse): boolean {
  return response.status >= 400 && ["ThrottlingException", "Throttling"].includes(errorName(response));
}

/** In a header, or in the body as `com.amazonaws.codecommit#Name`; what follows a colon is an address. */
function errorName({ headers, body }: HttpResponse): string {
  const given = headers["x-amzn-errortype"] ?? typeIn(body) ?? "";
  const [name = ""] = given.split(":");
  return name.slice(name.lastIndexOf("#") + 1);
}

function typeIn(body: string): string | undefined {
  try {
    return ownText(JSON.parse(body), "__type");
  } catch {
    return undefined;
  }
}

/** Zero where they agree well enough, or nothing is known. */
function minutesApart(date: string | undefined, now: number): number {
  const apartMs = Math.abs(Date.parse(date ?? "") - now);
  return apartMs > largestSkewMs ? Math.round(apartMs / 60_000) : 0;
}
