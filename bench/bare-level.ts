import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Level } from "level";

/** LevelDB as it comes, with texts as values: what storing is compared with. */
export class BareLevel {
  readonly folder: string;
  readonly #database: Level;

  private constructor(folder: string) {
    this.folder = folder;
    this.#database = new Level(path.join(folder, "db"), { valueEncoding: "utf8" });
  }

  static async open(): Promise<BareLevel> {
    const bare = new BareLevel(await mkdtemp(path.join(tmpdir(), "bare-level-")));
    await bare.#database.open();
    return bare;
  }

  /** One batch, synced. */
  async put(batch: readonly { readonly type: "put"; readonly key: string; readonly value: string }[]): Promise<void> {
    await this.#database.batch([...batch], { sync: true } as object);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
