import type { Random } from "./random.js";

/** A random UUID (RFC 9562, version 4). */
export function newUuid(random: Random): string {
  const hex = random.bytes(16).toString("hex");
  const variant = ((parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join("-");
}
