import { scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import type { Random } from "./random.js";

/*
 * Passwords at rest: scrypt (RFC 7914) in the PHC string format, `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`. `ln` is the logarithm of the cost,
 * `r` the size of a block, `p` how often it is done; salt and hash are base64 without padding.
 */

/** What OWASP's cheat sheet on password storage names beside ln=17, p=1: as much work, in 32 MiB instead of 128. */
const newCost: Cost = { ln: 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;

/** A hash asks for memory and time whenever somebody tries a password: what would hold the process up is not taken. */
const most = { memoryBytes: 128 * 1_048_576, work: 2 ** 24 } as const;

interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** Somebody's password as it is kept. */
export interface PasswordHash {
  readonly cost: Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** @returns undefined for what is no scrypt hash in PHC form, or one that costs too much or protects too little */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, ln, r, p, salt = "", hash = ""] = form.exec(text) ?? [];
  const parsed = {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
  return ln !== undefined && isBearable(parsed) ? parsed : undefined;
}

function isBearable({ cost, salt, hash }: PasswordHash): boolean {
  const { ln, r, p } = cost;
  if (ln < 10 || r < 1 || p < 1) return false;
  const isCheap = memoryOf(cost) <= most.memoryBytes && 2 ** ln * r * p <= most.work;
  return isCheap && isBetween(salt.length, 8, 64) && isBetween(hash.length, 16, 64);
}

function isBetween(value: number, least: number, greatest: number): boolean {
  return value >= least && value <= greatest;
}

/** Bytes of scrypt's large table (RFC 7914, section 2). */
function memoryOf({ ln, r }: Cost): number {
  return 128 * r * 2 ** ln;
}

/** The password as a PHC string, which is what may be kept. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const { ln, r, p } = newCost;
  const salt = random.bytes(saltBytes);
  const hash = await derive(password, { cost: newCost, salt, hash: Buffer.alloc(hashBytes) });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Takes a quarter of a second of one core, off the event loop. */
export async function isPasswordOf(hash: PasswordHash, password: string): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash), hash.hash);
}

function derive(password: string, { cost, salt, hash }: PasswordHash): Promise<Buffer> {
  const { ln, r, p } = cost;
  // Node counts some smaller tables too.
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 * memoryOf(cost) + 128 * r * p };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
