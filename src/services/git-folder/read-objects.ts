import { ByteReader } from "./byte-reader.js";
import { brokenRepository } from "./failures.js";

/** An object as `git cat-file` tells of it. */
export interface GitObject {
  readonly id: string;
  /** `commit`, or something else. */
  readonly type: string;
  /** Empty where only types were asked for. */
  readonly content: Buffer;
  /** There is more of it. */
  readonly isCut: boolean;
}

const longestLine = 1024;
const headerPattern = /^([0-9a-f]+) ([a-z]+) (\d{1,15})$/;

/** Objects as they come; those that are missing are left out. @param keepBytes of each; 0 for what `--batch-check` prints */
export async function* readObjects(chunks: AsyncIterable<Buffer>, keepBytes: number): AsyncGenerator<GitObject> {
  const reader = new ByteReader(chunks);
  try {
    for (let line = await reader.line(longestLine); line !== undefined; line = await reader.line(longestLine)) {
      const header = line.toString("latin1");
      if (header.endsWith(" missing")) continue;
      const [, id = "", type = "", size = ""] = headerPattern.exec(header) ?? [];
      if (id === "") throw brokenRepository("git gave an answer that is not understood");
      const content = keepBytes === 0 ? Buffer.alloc(0) : await reader.bytes(Number(size), keepBytes);
      if (keepBytes > 0) await reader.bytes(1, 0);
      yield { id, type, content, isCut: content.length < Number(size) };
    }
  } finally {
    // Whoever stops asking must not leave git running.
    await reader.close();
  }
}
