import type { Config } from "../config/config.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { openStorage, type Storage } from "../storage/open.js";
import { openSealer } from "../storage/sealing/open-sealer.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { readSealingKey } from "./sealing-key.js";

interface SealedStorage {
  readonly storage: Storage;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
}

/**
 * Opens the data folder with what encrypts values in it.
 * @throws ConfigError, StorageError: one sentence that names the file and the remedy; the folder is closed again
 */
export async function openSealedStorage(
  config: Config,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<SealedStorage> {
  const folder = config.storage.path;
  // First: a file that cannot be used leaves the data folder as it is.
  const key = readSealingKey(config);
  const storage = await openStorage(folder, { clock, random });
  const { database, unitOfWork } = storage;
  try {
    return { storage, sealer: await openSealer({ database, unitOfWork, folder, random, key }) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}
