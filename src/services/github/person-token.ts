import type { Secret } from "../../shared/secret.js";

/** A person's account at GitHub, as they logged in to it. */
export interface OwnLogin {
  readonly token: Secret;
  /** With a personal access token, or in the browser. */
  readonly by: "token" | "browser";
  /**
   * Asks for another token in the place of one that GitHub did not take. Absent where there is only the one.
   * @returns undefined when the login has ended
   * @throws RemoteError when that cannot be told just now
   */
  renew?(): Promise<Secret | undefined>;
}

/** The token that a person's requests carry; it may be replaced while requests are under way. */
export class PersonToken {
  readonly by: OwnLogin["by"];
  readonly #login: OwnLogin;
  readonly #tokens: Secret[];
  #renewal: Promise<Secret | undefined> | undefined;

  constructor(login: OwnLogin) {
    this.by = login.by;
    this.#login = login;
    this.#tokens = [login.token];
  }

  get current(): Secret {
    return this.#tokens.at(-1) ?? this.#login.token;
  }

  /**
   * After GitHub did not take one: requests that were refused together ask once.
   * @returns undefined when there is no other
   * @throws RemoteError when that cannot be told just now
   */
  async replace(rejected: Secret): Promise<Secret | undefined> {
    if (rejected !== this.current) return this.current;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Text without any of its tokens. */
  conceal(text: string): string {
    return this.#tokens.reduce((shown, token) => shown.replaceAll(token.reveal(), "[secret]"), text);
  }

  async #renew(): Promise<Secret | undefined> {
    const token = await this.#login.renew?.();
    if (token === undefined || token.equals(this.current.reveal())) return undefined;
    this.#tokens.push(token);
    return token;
  }
}
