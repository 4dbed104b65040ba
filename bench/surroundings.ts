import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FakeHomeserverProcess } from "../test/support/fake-homeserver-process.js";
import { jiraIssueWebhook } from "../test/support/jira-load.js";
import { freePorts } from "../test/support/free-ports.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../test/support/switchboard-process.js";

export const domain = "fake.test";
export const bot = `@hookshot:${domain}`;
export const jiraUrl = "https://jira.example.org";
export const secret = "bench-secret";
export const asToken = "bench-as-token";
export const hsToken = "bench-hs-token";

/** Room and project have the same name, so that the bare forwarder needs no routing. */
export function projectNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `P${index}`);
}

export function roomOf(project: string): string {
  return `!${project}:${domain}`;
}

/** A homeserver with one connected room per project. */
export function startHomeserver(projects: readonly string[]): Promise<FakeHomeserverProcess> {
  return FakeHomeserverProcess.start({
    asToken,
    serverName: domain,
    rooms: projects.map((project) => ({
      roomId: roomOf(project),
      creator: `@alice:${domain}`,
      members: [bot],
      state: [
        {
          type: "uk.half-shot.matrix-hookshot.jira.project",
          stateKey: `${jiraUrl}/projects/${project}`,
          content: { url: `${jiraUrl}/projects/${project}` },
          sender: bot,
        },
      ],
    })),
  });
}

/** Signed webhooks, made before the clock runs; the summary holds the number. */
export function makeWebhooks(projects: readonly string[], count: number, first = 0): { body: Buffer; headers: Record<string, string> }[] {
  return Array.from({ length: count }, (_, index) => {
    const project = projects[index % projects.length] ?? "P0";
    return jiraIssueWebhook({ jiraUrl, project, number: first + index, summary: `event ${first + index}`, secret });
  });
}

/** Something that takes webhooks: the product, or what it is compared with. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  residentBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** @param sections further top-level sections of the configuration */
export async function installSwitchboard(
  homeserver: FakeHomeserverProcess,
  sections: Readonly<Record<string, unknown>> = {},
): Promise<Installation> {
  // Metrics are off unless somebody asks for them, and watching the garbage collector has its price.
  const more = { metrics: { enabled: false }, ...sections };
  return createInstallation({ homeserverUrl: homeserver.url, domain, asToken, hsToken, jiraSecret: secret, jiraUrl, more });
}

export async function startSwitchboard(installation: Installation): Promise<Subject & { readonly process: SwitchboardProcess }> {
  const life = new SwitchboardProcess(installation);
  await life.ready(installation.webhookPort);
  return {
    name: "switchboard",
    port: installation.webhookPort,
    process: life,
    residentBytes: () => life.residentBytes(),
    async stop() {
      await life.stop();
    },
  };
}

export async function startBareForwarder(homeserver: FakeHomeserverProcess): Promise<Subject> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(path.join(tmpdir(), "bare-forwarder-"));
  const options = { port, folder: path.join(folder, "db"), homeserverUrl: homeserver.url, asToken, secret };
  const script = fileURLToPath(new URL("bare-forwarder.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  return {
    name: "bare forwarder",
    port,
    residentBytes: () => Promise.resolve(0),
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}
