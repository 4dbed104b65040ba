import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { systemRandom } from "../../src/shared/random.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { KeyChanger } from "../../src/storage/sealing/key-changer.js";
import { readKeyFile } from "../../src/storage/sealing/key-file.js";
import { openSealing, type Sealing } from "../../src/storage/sealing/open-sealing.js";
import { readPassFile } from "../../src/storage/sealing/pass-file.js";
import { withFreshSeals } from "../../src/storage/sealing/seal-anew.js";

/** A line of the log. */
export interface Logged {
  readonly message: string;
  readonly fields: object;
}

/** An open data folder whose key can be changed. */
export interface OpenKeys {
  readonly database: Database;
  readonly sealing: Sealing;
  readonly unitOfWork: UnitOfWork;
  readonly changer: KeyChanger;
  readonly logged: Logged[];
}

/** Keys as files, in a folder that goes with the test. */
export class KeyFolder {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), "switchboard-keys-"));
    onTestFinished(() => {
      rmSync(this.path, { recursive: true });
    });
  }

  get dataFolder(): string {
    return path.join(this.path, "data");
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** Makes a key. @returns its file */
  make(name: string): string {
    writeFileSync(this.file(name), randomBytes(32), { mode: 0o600 });
    return this.file(name);
  }

  makePassFile(): string {
    const file = this.file("passkey.pem");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return file;
  }

  remove(name: string): void {
    rmSync(this.file(name));
  }

  /**
   * Opens a database with a key's file, as a start does.
   * @param beforeReplace runs when values were read and others are to take their place; what it answers says whether they may
   */
  async open(database: Database, name: string, beforeReplace?: () => Promise<boolean>): Promise<OpenKeys> {
    const file = this.file(name);
    const key = name.endsWith(".pem") ? readPassFile(file) : readKeyFile(file, this.dataFolder);
    const commits = new GroupCommit({ database, location: "./data", recover: () => Promise.resolve() });
    const sealing = await openSealing({ database, unitOfWork: commits, folder: "./data", random: systemRandom, key });
    if (sealing === undefined) throw new TypeError("There is a key, so there is what encrypts.");
    const logged: Logged[] = [];
    const log = (fields: object, message: string): void => void logged.push({ fields, message });
    const unitOfWork = withFreshSeals(commits, sealing.keys, sealing.sealer);
    const changer = new KeyChanger({
      ...{ database, unitOfWork, sealing, folder: this.dataFolder, random: systemRandom, log: { info: log, warn: log } },
      async replace(replacements) {
        if ((await beforeReplace?.()) ?? true) await commits.replace(replacements);
      },
    });
    return { database, sealing, unitOfWork, changer, logged };
  }
}
