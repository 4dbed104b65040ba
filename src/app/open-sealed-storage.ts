import type { Config } from "../config/config.js";
import type { KeyRotation } from "../core/ports/key-rotation.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { openStorage, type Storage } from "../storage/open.js";
import { KeyChanger } from "../storage/sealing/key-changer.js";
import { openSealing, type Sealing } from "../storage/sealing/open-sealing.js";
import { withFreshSeals } from "../storage/sealing/seal-anew.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createNoKeyRotation } from "./no-key-rotation.js";
import { readSealingKey } from "./sealing-key.js";

interface SealedStorage {
  /** Closing it ends a change of keys at its next step. */
  readonly storage: Storage;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
  readonly keyRotation: KeyRotation;
}

interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Opens the data folder with what encrypts values in it.
 * @throws ConfigError, StorageError: one sentence that names the file and the remedy; the folder is closed again
 */
export async function openSealedStorage(config: Config, { clock, random, log }: Surroundings): Promise<SealedStorage> {
  const folder = config.storage.path;
  // First: a file that cannot be used leaves the data folder as it is.
  const key = readSealingKey(config);
  const storage = await openStorage(folder, { clock, random });
  const { database, unitOfWork } = storage;
  try {
    const sealing = await openSealing({ database, unitOfWork, folder, random, key });
    if (sealing === undefined) return { storage, sealer: undefined, keyRotation: createNoKeyRotation() };
    return join(storage, sealing, { folder, random, log: log.child({ module: "storage" }) });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function join(
  storage: Storage,
  sealing: Sealing,
  { folder, random, log }: { readonly folder: string; readonly random: Random; readonly log: Log },
): SealedStorage {
  const { sealer, keys, change } = sealing;
  const { database, unitOfWork } = storage;
  if (change !== undefined) {
    log.warn({ newFile: change.file }, `A change of keys is not finished; to go on, run: switchboard rotate-key --new-key ${change.file}`);
  }
  const changer = new KeyChanger({
    ...{ database, unitOfWork, folder, sealing, random, log },
    replace: (replacements) => storage.replace(replacements),
  });
  return {
    sealer,
    keyRotation: changer,
    storage: {
      ...storage,
      unitOfWork: withFreshSeals(unitOfWork, keys, sealer),
      async close() {
        await changer.stop();
        await storage.close();
      },
    },
  };
}
