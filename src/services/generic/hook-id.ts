import { createHash } from "node:crypto";
import type { Random } from "../../shared/random.js";
import type { GenericConfig } from "./schema.js";

/** Type of the room account data in which the bot keeps hook ids, as Hookshot does (reference 2.9). */
export const hookIdsType = "uk.half-shot.matrix-hookshot.generic.hook";

/** A UUID of version 4 (RFC 9562, section 5.4). */
export function createHookId(random: Random): string {
  const bytes = random.bytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The key under which a hook's requests are routed. Whoever reads it cannot tell the id, which is all that protects most hooks. */
export function hookRoutingKey(hookId: string): string {
  return `hook:${createHash("sha256").update(hookId).digest("base64url")}`;
}

/** The address that senders use. */
export function hookUrl({ urlPrefix }: Pick<GenericConfig, "urlPrefix">, hookId: string): string {
  return `${urlPrefix}${urlPrefix.endsWith("/") ? "" : "/"}${encodeURIComponent(hookId)}`;
}
