import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import { readKeyFile } from "./key-file.js";

const bytes = Buffer.from("0123456789abcdef0123456789ABCDEF");

let folder: string;
let file: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-key-"));
  file = path.join(folder, "switchboard.key");
  data = path.join(folder, "data");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(content: string | Buffer = bytes, mode = 0o600, to = file): void {
  writeFileSync(to, content);
  chmodSync(to, mode);
}

/** What is said about a file that cannot be used. */
function refusal(of = file): string {
  try {
    readKeyFile(of, data);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "SB_CONFIG", path: "storage.keyFile" });
    return (error as ConfigError).message;
  }
  return expect.fail("the file was taken");
}

describe("the key file", () => {
  it.each([0o600, 0o400])("is read where only its owner may read it (mode %o)", (mode) => {
    write(bytes, mode);

    const key = readKeyFile(file, data);

    expect(key).toMatchObject({ setting: "storage.keyFile", file, form: "key" });
    expect(key.secret.export()).toEqual(bytes);
  });

  it("that is not there is refused with a command that makes one", () => {
    expect(refusal()).toBe(
      `storage.keyFile: the file ${file} does not exist. Restore it from its backup, or, where nothing was encrypted with it yet, ` +
        `make one: (umask 077; head -c 32 /dev/urandom > ${file}).`,
    );
  });

  it.each([
    { title: "nothing", content: "" },
    { title: "31 bytes", content: bytes.subarray(1) },
    { title: "a line break at the end", content: Buffer.concat([bytes, Buffer.from("\n")]) },
    { title: "hexadecimal text", content: bytes.toString("hex") },
  ])("with $title is refused with its length", ({ content }) => {
    write(content);

    expect(refusal()).toContain(`the file ${file} holds ${Buffer.byteLength(content)} bytes, and a key has exactly 32`);
  });

  it.each([0o640, 0o604, 0o644, 0o620, 0o601])("that others have a right to is refused with what to run (mode %o)", (mode) => {
    write(bytes, mode);

    expect(refusal()).toBe(
      `storage.keyFile: the file ${file} is open to other users (its mode is ${mode.toString(8).padStart(4, "0")}). Run: chmod 600 ${file}.`,
    );
  });

  it("that is a folder is refused", () => {
    mkdirSync(file);

    expect(refusal()).toContain("is no ordinary file");
  });

  it("inside the data folder is refused, by whatever way it is named", () => {
    mkdirSync(path.join(data, "keys"), { recursive: true });
    const inside = path.join(data, "keys", "switchboard.key");
    write(bytes, 0o600, inside);
    symlinkSync(inside, file);
    symlinkSync(data, path.join(folder, "link"));

    for (const name of [
      inside,
      file,
      path.join(folder, "link", "keys", "switchboard.key"),
      path.join(data, "..", "data", "keys", "switchboard.key"),
    ]) {
      expect(refusal(name)).toContain(`lies inside the data folder ${data}`);
    }
  });

  it.each(["data.key", "data-keys", "..data.key"])("beside the data folder is read, also as %s", (name) => {
    const beside = path.join(folder, name);
    write(bytes, 0o600, beside);

    expect(readKeyFile(beside, data).file).toBe(beside);
  });

  it("never has its bytes in what is said about it", () => {
    write(Buffer.concat([bytes, bytes]));
    const said = refusal();
    write(bytes, 0o644);

    expect(said + refusal()).not.toContain("0123456789");
  });
});
