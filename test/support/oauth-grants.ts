import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../src/shared/clock.js";

/** What a person allowed a client. */
export interface OAuthConsent<Person> {
  readonly person: Person;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** PKCE (RFC 7636), `S256`. */
  readonly challenge?: string | undefined;
}

export interface IssuedTokens<Person> {
  readonly accessToken: string;
  readonly accessLastsSeconds: number;
  /** Absent where the client did not ask for it. */
  readonly refreshToken?: string;
  readonly refreshLastsSeconds: number;
  readonly consent: OAuthConsent<Person>;
}

export interface CodeExchange {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string | undefined;
  readonly verifier?: string | undefined;
}

interface Options {
  readonly clock: Clock;
  readonly accessLastsSeconds: number;
  readonly refreshLastsSeconds: number;
  /** What tokens begin with. */
  readonly prefixes?: { readonly access: string; readonly refresh: string };
  /** Whether an access token ends when its successor is made. */
  readonly endsFormerAccess?: boolean;
  /** Scope that a client has to ask for to get refresh tokens; absent: it gets them anyway. */
  readonly refreshScope?: string;
}

interface Kept<Person> {
  readonly consent: OAuthConsent<Person>;
  readonly endsAt: number;
  /** The access token beside a refresh token. */
  readonly accessToken?: string;
}

const codeLastsSeconds = 600;

/**
 * What an OAuth 2 server remembers: codes that work once, access tokens that end, refresh tokens of which only the newest is taken. The
 * stand-ins differ in how they say no, and in what is here an option.
 */
export class OAuthGrants<Person extends object> {
  /** Every code and token that was ever given out, and the verifiers that came. */
  readonly given: string[] = [];
  /** How often tokens were renewed, the refusals not counted. */
  renewals = 0;
  readonly #options: Options;
  readonly #codes = new Map<string, Kept<Person>>();
  readonly #access = new Map<string, Kept<Person>>();
  readonly #refresh = new Map<string, Kept<Person>>();

  constructor(options: Options) {
    this.#options = options;
  }

  issueCode(consent: OAuthConsent<Person>): string {
    const code = this.#token("");
    this.#codes.set(code, { consent, endsAt: this.#endAfter(codeLastsSeconds) });
    return code;
  }

  /** @returns undefined for a code that is unknown, old, used, another client's, or without what proves whose it is */
  exchange({ code, clientId, redirectUri, verifier }: CodeExchange): IssuedTokens<Person> | undefined {
    const kept = this.#codes.get(code);
    if (verifier !== undefined) this.given.push(verifier);
    // Whoever tries a code has used it up.
    this.#codes.delete(code);
    if (kept === undefined || !this.#lasts(kept)) return undefined;
    const { consent } = kept;
    if (consent.clientId !== clientId || consent.redirectUri !== redirectUri) return undefined;
    if (consent.challenge !== challengeOf(verifier)) return undefined;
    return this.#issue(consent);
  }

  /** @returns undefined for a refresh token that is unknown, old, or was used before */
  renew(refreshToken: string, clientId: string): IssuedTokens<Person> | undefined {
    const kept = this.#refresh.get(refreshToken);
    if (kept === undefined || !this.#lasts(kept) || kept.consent.clientId !== clientId) return undefined;
    this.#refresh.delete(refreshToken);
    if (this.#options.endsFormerAccess === true && kept.accessToken !== undefined) this.#access.delete(kept.accessToken);
    this.renewals += 1;
    return this.#issue(kept.consent);
  }

  /** Whose access token it is, while it lasts. */
  consentOf(accessToken: string): OAuthConsent<Person> | undefined {
    const kept = this.#access.get(accessToken);
    return kept !== undefined && this.#lasts(kept) ? kept.consent : undefined;
  }

  /** The access tokens that are out are taken no more; they can be renewed. */
  endAccess(): void {
    this.#access.clear();
  }

  /** The person takes back what was allowed: nothing of theirs is taken any more. */
  revoke(person: Person): void {
    for (const tokens of [this.#codes, this.#access, this.#refresh]) {
      for (const [token, { consent }] of tokens) if (consent.person === person) tokens.delete(token);
    }
  }

  #issue(consent: OAuthConsent<Person>): IssuedTokens<Person> {
    const { accessLastsSeconds, refreshLastsSeconds, prefixes, refreshScope } = this.#options;
    const accessToken = this.#token(prefixes?.access ?? "");
    this.#access.set(accessToken, { consent, endsAt: this.#endAfter(accessLastsSeconds) });
    const issued = { accessToken, accessLastsSeconds, refreshLastsSeconds, consent };
    if (refreshScope !== undefined && !consent.scopes.includes(refreshScope)) return issued;
    const refreshToken = this.#token(prefixes?.refresh ?? "");
    this.#refresh.set(refreshToken, { consent, endsAt: this.#endAfter(refreshLastsSeconds), accessToken });
    return { ...issued, refreshToken };
  }

  #token(prefix: string): string {
    const token = `${prefix}${randomBytes(24).toString("base64url")}`;
    this.given.push(token);
    return token;
  }

  #lasts({ endsAt }: Kept<Person>): boolean {
    return this.#options.clock.now() < endsAt;
  }

  #endAfter(seconds: number): number {
    return this.#options.clock.now() + seconds * 1_000;
  }
}

/** RFC 7636, 4.2. */
function challengeOf(verifier: string | undefined): string | undefined {
  return verifier === undefined ? undefined : createHash("sha256").update(verifier).digest("base64url");
}
