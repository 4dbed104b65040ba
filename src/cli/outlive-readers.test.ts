import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { outliveReaders } from "./outlive-readers.js";

// Port 0 is any free one; nobody listens on port 1.
const config = `
bridge: {domain: example.org, url: "http://127.0.0.1:1", port: 0}
listeners: [{port: 0, resources: [webhooks]}]
logging: {json: true}
`;

describe("output that nobody reads any more", () => {
  it("is lost without an error of the program", () => {
    const output = new PassThrough();
    outliveReaders([output]);

    expect(() => output.emit("error", new Error("write EPIPE"))).not.toThrow();
  });

  it("does not keep the running server from stopping in order", { timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "switchboard-readers-"));
    writeFileSync(join(folder, "config.yml"), config);
    const files = ["--config", join(folder, "config.yml"), "--registration", "registration.sample.yml", "--data", join(folder, "data")];
    const server = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "start", ...files], { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => {
      server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    for await (const line of server.stdout) if (String(line).includes('"Ready: ')) break;

    server.stdout.destroy();
    server.stderr.destroy();
    const exit = once(server, "exit");
    server.kill("SIGTERM");

    expect(await exit).toEqual([0, null]);
  });
});
