import { createHash } from "node:crypto";
import type { FindingGroup } from "../core/ports/finding-store.js";

/** 128 bits: nobody makes two findings meet, and with what stands in front it stays below the 50 characters that some trackers allow. */
const hashLength = 32;

const form = new RegExp(`^switchboard-[0-9a-f]{${hashLength}}$`, "i");

/** The label by which a finding's issue is found again. It stays the same for as long as target, project, scanner and fingerprint do. */
export function labelOf({ target, project, scanner }: FindingGroup, fingerprint: string): string {
  const hash = createHash("sha256").update(JSON.stringify([target, project, scanner, fingerprint]));
  return `switchboard-${hash.digest("hex").slice(0, hashLength)}`;
}

/**
 * Whether an issue with these labels is that finding's.
 * @returns undefined where none of them is any finding's: somebody may have taken it away
 */
export function isLabelledFor(labels: readonly string[], label: string): boolean | undefined {
  const own = labels.filter((name) => form.test(name));
  return own.length === 0 ? undefined : own.some((name) => name.toLowerCase() === label);
}
