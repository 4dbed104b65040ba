import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import type { CreateApp, StartableApp } from "./io.js";

const files = ["--config", "examples/jira-cloud.yml", "--registration", "registration.sample.yml"];

interface Rig {
  readonly process: EventEmitter;
  readonly created: Parameters<CreateApp>[0][];
  readonly result: Promise<CliResult>;
}

/** Starts a stand-in app and tells when it is up. */
async function start(app: Partial<StartableApp>, argv: readonly string[] = ["start", ...files]): Promise<Rig> {
  const process = new EventEmitter();
  const created: Parameters<CreateApp>[0][] = [];
  return new Promise((resolve) => {
    const result = runCommandLine(argv, {
      process,
      createApp: async (options) => {
        created.push(options);
        return {
          start: async () => {
            await app.start?.();
            resolve({ process, created, result });
          },
          stop: async () => app.stop?.(),
        };
      },
    });
    void result.then(() => resolve({ process, created, result }));
  });
}

const never = (): Promise<never> => new Promise(() => undefined);

describe("switchboard start", () => {
  it.each(["SIGTERM", "SIGINT"])("stops the app on %s and exits 0", async (signal) => {
    let stops = 0;
    const { process, result } = await start({ stop: async () => void (stops += 1) });

    process.emit(signal);

    expect(await result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(stops).toBe(1);
    expect(process.eventNames()).toEqual([]);
  });

  it("ends at once on a second signal", async () => {
    const { process, result } = await start({ stop: never });

    process.emit("SIGTERM");
    process.emit("SIGTERM");

    expect((await result).exitCode).toBe(1);
  });

  it("stops while it is still starting", async () => {
    const stopped: string[] = [];
    const process = new EventEmitter();
    const result = runCommandLine(["start", ...files], {
      process,
      createApp: async () => ({
        start: async () => {
          process.emit("SIGTERM");
          await never();
        },
        stop: async () => void stopped.push("stopped"),
      }),
    });

    expect((await result).exitCode).toBe(0);
    expect(stopped).toEqual(["stopped"]);
  });

  it.each(["unhandledRejection", "uncaughtException"])("logs an %s, stops and exits 1", async (event) => {
    const { process, result } = await start({});

    process.emit(event, new Error("a bug, access_token=hush"));

    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(1);
    expect(stdout).toContain("a bug");
    expect(stdout).not.toContain("hush");
  });

  it("says in one sentence why the app cannot start", async () => {
    const { result } = await start({
      start: () => Promise.reject(Object.assign(new Error("The folder ./data is in use."), { code: "SB_STORAGE" })),
    });

    const { exitCode, stderr } = await result;

    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "The folder ./data is in use.\n" });
  });

  it("exits 1 when the stop fails", async () => {
    const { process, result } = await start({ stop: () => Promise.reject(new Error("stuck")) });

    process.emit("SIGTERM");

    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Could not stop in order");
  });

  it.each([
    { title: "flags", argv: ["start", ...files, "--data", "/srv/data"] },
    { title: "matrix-hookshot's form", argv: ["examples/jira-cloud.yml", "registration.sample.yml", "--data", "/srv/data"] },
  ])("hands configuration, registration and log to the app, by $title", async ({ argv }) => {
    const { process, created, result } = await start({}, argv);

    process.emit("SIGTERM");
    await result;

    expect(created).toHaveLength(1);
    expect(created[0]).toMatchObject({
      config: { bridge: { domain: "example.org" }, storage: { path: "/srv/data" } },
      registration: { senderLocalpart: "switchboard" },
    });
  });

  it("logs the configuration's warnings", async () => {
    const { process, result } = await start({}, ["start", "--config", "config.sample.yml", "--registration", "registration.sample.yml"]);

    process.emit("SIGTERM");

    expect((await result).stdout).toContain("no service is configured");
  });

  it("does not make an app of a configuration with mistakes", async () => {
    const { created, result } = await start({}, ["start", "--config", "/nowhere/config.yml"]);

    expect(await result).toEqual({ exitCode: 1, stdout: "", stderr: "/nowhere/config.yml: does not exist.\n" });
    expect(created).toEqual([]);
  });
});
