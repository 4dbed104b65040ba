import type { UserId } from "./ids.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { ServiceContext } from "./service-context.js";

/**
 * Logging in with a browser (OAuth 1.0a, OAuth 2). Who goes away with a state comes back with it to one of the callback paths, within ten
 * minutes and once; states, the pages that people see, and the way back are not the service's business (logins/, apis/oauth/).
 */
export interface OAuthLogin<Config> {
  /** On listeners with `webhooks`: the canonical path first. */
  readonly callbackPaths: readonly [string, ...string[]];
  /** The address of one of them as the configuration gives it to the remote; undefined where logging in so is not set up. */
  callbackUrl(config: Config): string | undefined;
  /**
   * Where the person is to go.
   * @throws SwitchboardError HS_DISABLED_FEATURE when it is not set up for that remote; RemoteError
   */
  begin(start: OAuthStart, context: ServiceContext<Config>): Promise<OAuthAddress>;
  /**
   * Exchanges what the remote sent along with the browser, and asks who the person is there.
   * @throws RemoteError when the remote cannot be asked; nothing is kept then
   */
  finish(back: OAuthReturn, context: ServiceContext<Config>): Promise<OAuthOutcome>;
  /** What a return that belongs to no login means, such as the installation of an app; undefined: nothing. */
  otherReturn?(query: OAuthQuery): OAuthNote | undefined;
}

/** Parameters as the browser brought them: anybody may have written them. The first of each name counts. */
export type OAuthQuery = Readonly<Record<string, string>>;

export interface OAuthStart {
  readonly actor: UserId;
  /** The service's word for the remote, such as an instance's name; absent: its only or usual one. */
  readonly remote?: string;
  /** Not to be guessed; comes back as `state`. */
  readonly state: string;
  /** PKCE (RFC 7636), `S256`. */
  readonly codeChallenge: string;
}

export interface OAuthAddress {
  readonly url: string;
  /** Kept encrypted until the person comes back, for example OAuth 1.0a's temporary secret. */
  readonly kept?: string;
}

export interface OAuthReturn {
  readonly actor: UserId;
  readonly remote?: string;
  readonly query: OAuthQuery;
  readonly state: string;
  readonly codeVerifier: string;
  readonly kept?: string;
}

export type OAuthOutcome =
  | {
      readonly kind: "joined";
      /** Under which the login is kept (`PersonalLogins`), and the login. */
      readonly remote: string;
      readonly login: string;
      /** Whom the person is there, and where that is: `Ada Lovelace`, `main (https://jira.example.org)`. */
      readonly account: { readonly name: string; readonly at: string };
      /** What ends it, typed in the direct chat: `jira logout main`. */
      readonly logoutCommand: string;
      /** How Hookshot would keep it, for `compatibility.writeTokens`. */
      readonly forHookshot?: { readonly accountDataType: string; readonly text: string };
      /** Stored together with the login. */
      readonly changes?: readonly StoreChange[];
    }
  /** The person, or the remote, did not want it. A sentence. */
  | { readonly kind: "refused"; readonly reason: string };

/** What a page says. Sentences of ours: nothing of the query stands in them. */
export interface OAuthNote {
  readonly isGood: boolean;
  readonly title: string;
  readonly text: string;
}
