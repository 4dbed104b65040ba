import type { HttpClient, HttpRequest } from "../core/ports/http-client.js";
import type { RegisteredRemote } from "../core/registered-remote.js";

/** How requests to a registered remote are made: never on to another origin, and past certificates and proxy where that was registered. */
export function waysOf({ checksCertificate, usesProxy }: Pick<RegisteredRemote, "checksCertificate" | "usesProxy">): Partial<HttpRequest> {
  return {
    staysAtOrigin: true,
    ...(checksCertificate ? {} : { acceptsAnyCertificate: true }),
    ...(usesProxy ? {} : { skipsProxy: true }),
  };
}

/** @param guarded the client for addresses that somebody typed */
export function createRemoteClient(guarded: HttpClient, remote: Pick<RegisteredRemote, "checksCertificate" | "usesProxy">): HttpClient {
  const ways = waysOf(remote);
  return { request: (request) => guarded.request({ ...request, ...ways }) };
}
