import { RemoteError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { LoginRenewal } from "../../core/ports/personal-logins.js";
import type { ServiceContext } from "../../core/service.js";
import { oauth1Header } from "./oauth1-signature.js";
import type { ConsumerSettings } from "./oauth-settings.js";
import type { PrivateKeys } from "./private-keys.js";
import type { JiraConfig } from "./schema.js";
import { bearer, type RequestSigner, type Signature, type SignedRequest } from "./signer.js";
import { isBrowserLogin, readOauth1Token, type Oauth1Token, type ReadLogin } from "./stored-login.js";

type Context = Pick<ServiceContext<JiraConfig>, "logins" | "now" | "random">;

/** A login with the browser, by whom and where. */
export interface BrowserLogin {
  readonly person: UserId;
  /** What it is kept under. */
  readonly remote: string;
  readonly renewal: LoginRenewal;
  readonly read: ReadLogin;
  /** What to say when it is there no more. */
  readonly ended: () => RemoteError;
}

/** OAuth 2: the access token of the moment. */
export function oauth2Signer(login: BrowserLogin, { logins }: Context): RequestSigner {
  const { person, remote, renewal, read, ended } = login;
  const toSignature = (stored: string | undefined): Signature => {
    const found = stored === undefined ? undefined : read(stored);
    if (stored === undefined || !isBrowserLogin(found)) throw ended();
    return { ...bearer(found.accessToken), login: stored };
  };
  return {
    sign: async () => toSignature(await logins.fresh(person, remote, renewal)),
    async signAgain(_request, refused) {
      const rejected = refused.login === undefined ? undefined : read(refused.login);
      // One answer of 401 is not the end of what cannot be renewed: a proxy may have given it.
      if (!isBrowserLogin(rejected) || rejected.refreshToken === undefined) return undefined;
      return toSignature(await logins.fresh(person, remote, renewal, refused.login));
    },
  };
}

interface Oauth1Parts {
  readonly settings: ConsumerSettings;
  readonly keys: PrivateKeys;
}

/** OAuth 1.0a: every request is signed for itself. @throws SwitchboardError HS_DISABLED_FEATURE without the private key */
export async function signOauth1(
  request: SignedRequest,
  { token, secret }: Oauth1Token,
  { settings, keys }: Oauth1Parts,
  { now, random }: Pick<Context, "now" | "random">,
): Promise<Signature> {
  const freshness = { nowMs: now(), nonce: random.token(32) };
  const authorization = oauth1Header(request, await keys.consumerOf(settings), { oauth_token: token }, freshness);
  return { authorization, secrets: [authorization, token, secret] };
}

/** Jira's words for a token that is good no more (OAuth Problem Reporting, which Jira follows). */
const endedProblem = /oauth_problem="?(?:token_rejected|token_revoked|token_expired)\b/;

/** A login by OAuth 1.0a that is kept. */
export function oauth1Signer(login: BrowserLogin, parts: Oauth1Parts, context: Context): RequestSigner {
  const { person, remote, renewal, read, ended } = login;
  const { logins } = context;
  return {
    async sign(request) {
      const stored = await logins.get(person, remote);
      const found = stored === undefined ? undefined : read(stored);
      const token = isBrowserLogin(found) ? readOauth1Token(found.accessToken) : undefined;
      if (stored === undefined || token === undefined) throw ended();
      return { ...(await signOauth1(request, token, parts, context).catch(failed)), login: stored };
    },
    async signAgain(_request, { login: rejected }, { headers }) {
      if (!endedProblem.test(headers["www-authenticate"] ?? "")) return undefined;
      // There is nothing to renew it with: that ends it, unless there is another by now.
      const current = await logins.fresh(person, remote, renewal, rejected);
      if (current === undefined) throw ended();
      return undefined;
    },
  };
}

/** Where several Jiras are asked, a missing private key is the answer of this one. */
function failed(error: unknown): never {
  if (!(error instanceof SwitchboardError)) throw error;
  throw new RemoteError(error.message, { cause: error, isFinal: true });
}
