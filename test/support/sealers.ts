import { createHash, createSecretKey } from "node:crypto";
import type { KeySource } from "../../src/storage/sealing/key.js";
import { makeKey } from "../../src/storage/sealing/key.js";
import { KeyRing } from "../../src/storage/sealing/key-ring.js";
import { createSealer, type Sealer } from "../../src/storage/sealing/sealer.js";
import { systemRandom } from "../../src/shared/random.js";

/** A key that is the same for the same name, as if it stood in a file of that name. */
export function keySourceOf(name: string): KeySource {
  const secret = createSecretKey(createHash("sha256").update(name).digest());
  return { setting: "storage.keyFile", file: `./${name}.key`, form: "key", secret };
}

export function sealerOf(name: string): Sealer {
  return createSealer(new KeyRing(makeKey(keySourceOf(name), Buffer.alloc(0))), systemRandom);
}
