import { createHash } from "node:crypto";
import type { Random } from "../shared/random.js";

const idLength = 12;
/** Of 36 characters each: 268 bits. */
const secretLength = 52;

const form = /^sb_([0-9a-z]{12})_([0-9a-z]{52})$/;

/** A token as programs send it, taken apart. */
export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

export function newTokenParts(random: Random): TokenParts {
  return { id: random.token(idLength), secret: random.token(secretLength) };
}

/** `sb_<id>_<secret>`: its beginning says what it is where it is found in a wrong place. */
export function tokenText({ id, secret }: TokenParts): string {
  return `sb_${id}_${secret}`;
}

/** @returns undefined for what cannot be a token of ours */
export function readTokenText(text: string): TokenParts | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** What is kept of a secret, in hexadecimal. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
