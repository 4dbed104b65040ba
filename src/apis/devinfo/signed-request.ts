import type { SignedRequest } from "../../callers/devinfo-callers.js";
import type { RequestHead } from "../../http/route.js";
import { gatewayPrefix } from "./schema.js";

/** Where the listener is found. */
export interface ListenerPlace {
  readonly prefix: string;
  /** Absent: by the request's host, with the prefix. */
  readonly publicUrl?: string;
}

/** What a signature covers: of the path, what stands below the address that the client was given. */
export function signedRequest({ method, path, query, headers }: RequestHead, place: ListenerPlace): SignedRequest {
  const paths = pathsBelow(path, place).flatMap((each) => [each, each.replace(gatewayPrefix, "")]);
  return { method, paths: [...new Set(paths)], query, authorization: headers["authorization"] };
}

/**
 * A proxy may put the listener's prefix in front of what a client asks for below the public address, or the client may do so itself.
 * @param path below the prefix
 */
function pathsBelow(path: string, { prefix, publicUrl }: ListenerPlace): readonly string[] {
  if (publicUrl === undefined) return [path];
  const base = new URL(publicUrl).pathname.replace(/\/$/, "");
  const whole = `${prefix}${path}`;
  return whole.startsWith(`${base}/`) ? [path, whole.slice(base.length)] : [path];
}
