import { RemoteError } from "../core/errors.js";
import type { InstallKey } from "../core/ports/devinfo-client-store.js";
import type { HttpClient, HttpResponse } from "../core/ports/http-client.js";
import type { Clock } from "../shared/clock.js";
import { withoutTrailingSlashes } from "../shared/url.js";
import { signWithKey, signWithSecret } from "./connect-jwt.js";

const timeoutMs = 15_000;

/** How a lifecycle request is signed: with a secret that the app has, with our own key, or, as the first one may be, not at all. */
export type LifecycleSignature =
  | { readonly kind: "none" }
  | { readonly kind: "secret"; readonly sharedSecret: string }
  | { readonly kind: "key"; readonly key: InstallKey };

export interface LifecycleCall {
  readonly eventType: "installed" | "uninstalled";
  readonly url: string;
  /** The app's key and base address. */
  readonly app: { readonly key: string; readonly baseUrl: string };
  /** What the app knows us by. */
  readonly clientKey: string;
  /** Where the app finds us. */
  readonly ownUrl: string;
  /** Only in `installed`. */
  readonly sharedSecret?: string;
}

/** What became of it. `unknown`: it may have been carried out. */
export type LifecycleOutcome =
  { readonly kind: "taken" } | { readonly kind: "unsigned" | "refused" | "unknown"; readonly sentence: string };

interface LifecycleOptions {
  readonly http: HttpClient;
  readonly clock: Pick<Clock, "now">;
  /** The word by which apps know what kind of product we stand in for. */
  readonly productType: string;
}

/**
 * Tells an app that it was installed, or is no more (Atlassian, "Connect app descriptor", section "Lifecycle"). What the app says in its
 * answer is told nobody: it may repeat the secret.
 */
export async function callLifecycle(
  call: LifecycleCall,
  signature: LifecycleSignature,
  options: LifecycleOptions,
): Promise<LifecycleOutcome> {
  const authorization = await sign(call, signature, options.clock.now());
  try {
    const response = await options.http.request({
      ...{ method: "POST", url: call.url, timeoutMs, staysAtOrigin: true },
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify(payloadOf(call, options.productType)),
    });
    return judge(response, new URL(call.url).host);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { kind: error.outcomeUnknown ? "unknown" : "refused", sentence: `${error.message.replace(/\.$/, "")}.` };
  }
}

async function sign(call: LifecycleCall, signature: LifecycleSignature, nowMs: number): Promise<string | undefined> {
  const { pathname, searchParams: query } = new URL(call.url);
  const request = { method: "POST", path: belowBase(pathname, call.app.baseUrl), query };
  const token = { issuer: call.clientKey, request, nowMs };
  switch (signature.kind) {
    case "none":
      return undefined;
    case "secret":
      return `JWT ${await signWithSecret(token, signature.sharedSecret)}`;
    case "key":
      return `JWT ${await signWithKey({ ...token, audience: call.app.baseUrl }, signature.key)}`;
  }
}

/** As apps count it: the path of their base address is cut off where it stands there. */
function belowBase(path: string, base: string): string {
  const basePath = withoutTrailingSlashes(new URL(base).pathname);
  return path.startsWith(basePath) ? path.slice(basePath.length) : path;
}

function payloadOf({ eventType, app, clientKey, ownUrl, sharedSecret }: LifecycleCall, productType: string): object {
  return {
    key: app.key,
    clientKey,
    ...(sharedSecret === undefined ? {} : { sharedSecret }),
    baseUrl: ownUrl,
    displayUrl: ownUrl,
    productType,
    description: "Matrix Switchboard",
    eventType,
  };
}

function judge({ status }: HttpResponse, host: string): LifecycleOutcome {
  if (status >= 200 && status < 300) return { kind: "taken" };
  const sentence = `${host} answered with status ${status}.`;
  if (status === 401 || status === 403) return { kind: "unsigned", sentence };
  // What stands before the app may have given up waiting for it.
  if (status >= 500 || status === 408) return { kind: "unknown", sentence };
  return { kind: "refused", sentence };
}
