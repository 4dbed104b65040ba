import { createHash } from "node:crypto";

export type StandInDeployment = "server" | "cloud";

/** Somebody with an account at the Jira stand-in. */
export interface StandInAccount {
  /** User name on a server; Cloud tells it to nobody. */
  readonly name: string;
  /** What a server calls the account in itself, whatever its name becomes. */
  readonly key: string;
  /** What Cloud knows the person by. */
  readonly accountId: string;
  readonly displayName: string;
  readonly email: string;
  /** Keys of the projects that it sees; all unless given. */
  readonly projects?: readonly string[];
  /** Whether it has the permission in any project, as far as it is asked for that; it has unless given. */
  readonly createsIssues?: boolean;
  /** Whether it may register webhooks; it may not unless given. */
  readonly administers?: boolean;
}

export interface NewAccount {
  readonly name: string;
  /** Made of the name unless given. */
  readonly displayName?: string;
  /** `<name>@example.org` unless given. */
  readonly email?: string;
  /** A server's personal access token, sent as Bearer; Cloud's API token, sent as Basic with the e-mail address. */
  readonly token?: string;
  /** A server's other way: sent as Basic with the name. */
  readonly password?: string;
  readonly projects?: readonly string[];
  readonly createsIssues?: boolean;
  readonly administers?: boolean;
}

/** The accounts of the Jira stand-in, and the `Authorization` headers that open them. */
export class JiraAccounts {
  readonly #deployment: StandInDeployment;
  readonly #accounts = new Map<string, StandInAccount>();
  readonly #logins = new Map<string, StandInAccount>();

  constructor(deployment: StandInDeployment) {
    this.#deployment = deployment;
  }

  get all(): readonly StandInAccount[] {
    return [...this.#accounts.values()];
  }

  add({ name, displayName = capitalise(name), email = `${name}@example.org`, token, password, ...rights }: NewAccount): StandInAccount {
    const identity = { name, key: `JIRAUSER${10_100 + this.#accounts.size}`, accountId: accountIdOf(name) };
    const account = { ...identity, displayName, email, ...rights };
    this.#accounts.set(name, account);
    if (token !== undefined) this.#logins.set(this.#deployment === "cloud" ? basic(email, token) : bearer(token), account);
    if (password !== undefined && this.#deployment === "server") this.#logins.set(basic(name, password), account);
    return account;
  }

  /** The account that an instance's configured credential opens, an administrator's: with a user name Basic, without Bearer. */
  addCredential({ username, token }: { readonly username?: string; readonly token: string }): StandInAccount {
    if (username === undefined) {
      const account = this.add({ name: "token.owner", displayName: "Token Owner", administers: true });
      this.#logins.set(bearer(token), account);
      return account;
    }
    const proof = this.#deployment === "cloud" ? { token, email: username } : { password: token };
    return this.add({ name: username, displayName: username, administers: true, ...proof });
  }

  /** From now on none of its tokens is taken. */
  revokeTokens(account: StandInAccount): void {
    for (const [header, owner] of this.#logins) if (owner.name === account.name) this.#logins.delete(header);
  }

  authenticate(authorization: string): StandInAccount | undefined {
    return this.#logins.get(authorization);
  }

  /** By what the deployment knows people by: account id, or user name. */
  find(id: string): StandInAccount | undefined {
    return this.all.find((account) => id === (this.#deployment === "cloud" ? account.accountId : account.name));
  }

  /** Who has this display name; somebody new if nobody has it. */
  called(displayName: string): StandInAccount {
    const known = this.all.find((account) => account.displayName === displayName);
    return known ?? this.add({ name: displayName.toLowerCase().replaceAll(/[^a-z]+/g, "."), displayName });
  }

  /** People one of whose names, or e-mail address, has a word that begins like this. Cloud does not look at user names. */
  search(typed: string): readonly StandInAccount[] {
    const wanted = typed.trim().toLowerCase();
    return this.all.filter((account) => {
      const names = [account.displayName, account.email, ...(this.#deployment === "cloud" ? [] : [account.name])];
      return names.map((name) => name.toLowerCase()).some((name) => name.startsWith(wanted) || name.includes(` ${wanted}`));
    });
  }
}

export function seesProject({ projects }: StandInAccount, key: string): boolean {
  return projects === undefined || projects.includes(key);
}

/** Of Cloud's present form, with a colon. */
function accountIdOf(name: string): string {
  const digits = createHash("sha256").update(name).digest("hex");
  return `712020:${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20, 32)}`;
}

function capitalise(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)} Example`;
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}

function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`, "utf8").toString("base64")}`;
}
