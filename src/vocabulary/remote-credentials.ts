import { RemoteError } from "../core/errors.js";
import type { RegisteredRemote, RemoteAccount } from "../core/registered-remote.js";

/** RFC 7617, in UTF-8. */
export function basic(username: string, password: string): string {
  return `Basic ${encoded(username, password)}`;
}

function encoded(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`, "utf8").toString("base64");
}

/** The account's name and secret, for remotes that take a token wherever they take a password. @throws RemoteError when there is none */
export function basicOf({ account }: RegisteredRemote): string {
  if (account.kind === "none") throw new RemoteError("an account is needed", { isFinal: true });
  if (account.kind === "password") return basic(account.username, account.password.reveal());
  return basic(account.username ?? "", account.token.reveal());
}

/** Texts that nobody may be shown, in every form in which they were sent. */
export function secretsOf(account: RemoteAccount): readonly string[] {
  if (account.kind === "none") return [];
  const secret = account.kind === "password" ? account.password.reveal() : account.token.reveal();
  return [secret, encoded(account.username ?? "", secret)].filter((text) => text !== "");
}

/** A token that was copied with a line's end or a letter from elsewhere could not be sent. @throws RemoteError that does not repeat it */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const isSendable = Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value));
  if (!isSendable) throw new RemoteError("the credentials have characters that cannot be sent", { isFinal: true });
}
