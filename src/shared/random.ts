import { randomBytes } from "node:crypto";

/** Chance, handed in so that tests can seed it. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded), for jitter. */
  fraction(): number;
  /** Random characters 0-9a-z that nobody can guess. */
  token(length: number): string;
  /** Bytes that nobody can guess, for keys and nonces. */
  bytes(length: number): Buffer;
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

export const systemRandom: Random = {
  fraction: () => Math.random(),
  token(length) {
    let token = "";
    while (token.length < length) {
      // Bytes from 252 on would make the first characters likelier.
      for (const byte of randomBytes(length)) if (byte < 252 && token.length < length) token += alphabet.charAt(byte % 36);
    }
    return token;
  },
  bytes: (length) => randomBytes(length),
};
