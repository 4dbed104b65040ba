import { createVerify, generateKeyPairSync } from "node:crypto";
import { GitHubRefusal } from "./github-answers.js";
import type { StandInGitHubAccount, StandInInstallation } from "./github-records.js";
import type { GitHubCaller, GitHubSite } from "./github-site.js";

const installationTokenMs = 60 * 60 * 1_000;

/** Who gave the App a token, while it lasts. */
type AppUserOf = (token: string) => StandInGitHubAccount | undefined;

/** The stand-in's GitHub App, and whose tokens are whose. */
export class GitHubTokens {
  readonly appId = 4_711;
  /** PEM, as GitHub gives it out (PKCS#1). */
  readonly privateKey: string;
  readonly #publicKey: string;
  readonly #site: GitHubSite;
  readonly #appUserOf: AppUserOf;
  readonly #installations = new Map<string, { readonly installation: StandInInstallation; readonly end: number }>();
  readonly #revoked = new Set<string>();

  constructor(site: GitHubSite, appUserOf: AppUserOf) {
    this.#site = site;
    this.#appUserOf = appUserOf;
    const keys = generateKeyPairSync("rsa", {
      // Short, because every test makes one.
      modulusLength: 1_024,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    this.privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
  }

  /** A token of an installation, as `POST /app/installations/{id}/access_tokens` gives it. */
  issue(installation: StandInInstallation, now: number): { readonly token: string; readonly end: number } {
    const token = `ghs_${String(this.#site.nextId()).padStart(36, "0")}`;
    const end = now + installationTokenMs;
    this.#installations.set(token, { installation, end });
    return { token, end };
  }

  revoke(token: string): void {
    this.#revoked.add(token);
  }

  /** @throws GitHubRefusal for a token that is not taken */
  callerOf(authorization: string | undefined, now: number): GitHubCaller {
    if (authorization === undefined) return { kind: "nobody" };
    const token = tokenIn(authorization);
    if (token.startsWith("eyJ")) return this.#checkJwt(token, now);
    const ofInstallation = this.#installations.get(token);
    if (ofInstallation !== undefined && ofInstallation.end > now && !ofInstallation.installation.isSuspended) {
      return { kind: "installation", installation: ofInstallation.installation };
    }
    const appUser = this.#appUserOf(token);
    if (appUser !== undefined) return { kind: "person", account: appUser, isByApp: true };
    const account = this.#site.accounts.find((candidate) => candidate.token === token);
    if (account === undefined || this.#revoked.has(token)) throw new GitHubRefusal(401, "Bad credentials");
    return { kind: "person", account };
  }

  /** RS256, issued by the App, not older than ten minutes (GitHub's "Generating a JSON Web Token for a GitHub App"). */
  #checkJwt(token: string, now: number): GitHubCaller {
    const [header = "", claims = "", signature = ""] = token.split(".");
    const isSigned = createVerify("RSA-SHA256").update(`${header}.${claims}`).verify(this.#publicKey, signature, "base64url");
    // A stand-in checks what it needs of what it just verified.
    const { iss, exp, iat } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as {
      readonly iss?: unknown;
      readonly exp?: number;
      readonly iat?: number;
    };
    const seconds = Math.floor(now / 1_000);
    if (!isSigned) throw new GitHubRefusal(401, "A JSON web token could not be decoded");
    if (String(iss) !== String(this.appId)) throw new GitHubRefusal(401, "'Issuer' claim ('iss') must be an Integer");
    if (exp === undefined || iat === undefined || exp <= seconds || iat > seconds || exp - iat > 600) {
      throw new GitHubRefusal(401, "'Expiration time' claim ('exp') is not valid");
    }
    return { kind: "app" };
  }
}

/** As Bearer, with GitHub's own word `token`, or as the password beside a user name ("Authenticating to the REST API"). */
function tokenIn(authorization: string): string {
  const [, scheme = "", shown = ""] = /^(bearer|token|basic)\s+(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return shown;
  const decoded = Buffer.from(shown, "base64").toString("utf8");
  return decoded.slice(decoded.indexOf(":") + 1);
}
