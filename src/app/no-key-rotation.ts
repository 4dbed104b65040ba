import { SwitchboardError } from "../core/errors.js";
import type { KeyRotation } from "../core/ports/key-rotation.js";

/** Where no key is configured there is none to change. */
export function createNoKeyRotation(): KeyRotation {
  return {
    begin(file) {
      throw new SwitchboardError(
        "HS_UNSUPPORTED_OPERATION",
        `Nothing is encrypted in the data folder, because no key is configured. Write storage.keyFile: ${file} into the configuration, and start again.`,
      );
    },
    status: () => undefined,
    ended: () => Promise.resolve(),
  };
}
