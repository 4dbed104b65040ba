/** How far the change of the data folder's key is. */
export interface KeyRotationStatus {
  readonly state: "running" | "done" | "failed";
  /** Absolute path of the new key's file. */
  readonly newFile: string;
  readonly oldFile: string;
  /** The setting by which the old key's file came to be used. */
  readonly oldSetting: "storage.keyFile" | "passFile";
  /** Whether the configuration names the new key already. */
  readonly isConfigured: boolean;
  /** Encrypted values that were looked at. */
  readonly checked: number;
  /** Those of them that are encrypted with the new key now, and were with the old one. */
  readonly reencrypted: number;
  /** Those that open with neither key. They are left as they are. */
  readonly unreadable: number;
  /** Why it failed: a sentence. Beginning again goes on with what is left. */
  readonly error?: string;
}

/** Changes the key of what is encrypted in the data folder, while everything else goes on. */
export interface KeyRotation {
  /**
   * Begins, or goes on with what was interrupted. What runs already for the same key goes on.
   * @param file of the new key, an absolute path
   * @throws ValidationError naming what is wrong with the file, or the change that has to be finished first
   */
  begin(file: string): KeyRotationStatus;
  /** @returns undefined when none was begun since the start */
  status(): KeyRotationStatus | undefined;
  /** Resolves when none runs. */
  ended(): Promise<void>;
}
