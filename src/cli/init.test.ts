import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { checkSealingKey } from "../app/sealing-key.js";
import { otherServices, serviceSections } from "../app/services.js";
import { loadConfig, type LoadedConfig } from "../config/load.js";
import type { Terminal } from "./terminal.js";

/** Nobody listens there. */
const deadUrl = "http://127.0.0.1:1";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), "switchboard-init-"));
  folder = path.join(parent, "new");
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

const at = (name: string): string => path.join(folder, name);
const read = (name: string): string => readFileSync(at(name), "utf8");
const files = ["config.yml", "registration.yml", "switchboard.key"];

const needed = ["--domain", "example.org", "--homeserver-url", deadUrl, "--admin", "@alice:example.org"];

function init(...flags: readonly string[]): Promise<CliResult> {
  return runCommandLine(["init", "--dir", folder, ...flags]);
}

function load(): LoadedConfig {
  return loadConfig({
    configFiles: [at("config.yml")],
    registrationFile: at("registration.yml"),
    env: {},
    services: serviceSections(),
    otherServices,
  });
}

/** Somebody who answers by what a question begins with, and says nothing else. */
function terminalWith(answers: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const hidden: string[] = [];
  let isClosed = false;
  const left = new Map(Object.entries(answers).map(([start, typed]) => [start, [...typed]]));
  const terminal: Terminal = {
    async ask(question, isHidden) {
      asked.push(question);
      if (isHidden === true) hidden.push(question);
      const [, typed] = [...left].find(([start]) => question.startsWith(start)) ?? [];
      return typed?.shift() ?? "";
    },
    close: () => (isClosed = true),
  };
  return { asked, hidden, openTerminal: () => terminal, isClosed: () => isClosed };
}

type Answer = readonly [status: number, body: unknown];

/** A homeserver that answers as told. */
async function homeserver(answers: {
  readonly versions?: Answer;
  readonly whoami?: (request: IncomingMessage) => Answer;
}): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] =
      request.url === "/_matrix/client/versions"
        ? (answers.versions ?? [200, { versions: ["v1.12"] }])
        : request.url === "/_matrix/client/v3/account/whoami"
          ? (answers.whoami?.(request) ?? [401, { errcode: "M_UNKNOWN_TOKEN" }])
          : [404, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  // Listening on TCP, so the address is no path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("switchboard init with flags", () => {
  it("writes three files for their owner only, which load without a finding", async () => {
    const result = await init(...needed, "--jira-url", "https://jira.example.org/", "--jira-token", "planted-token");

    const { config, registration, warnings } = load();
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(readdirSync(folder).sort()).toEqual(files);
    expect(files.map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(warnings).toEqual([]);
    expect(checkSealingKey(config)).toEqual([]);
    expect(config.storage).toMatchObject({ path: at("data"), keyFile: at("switchboard.key") });
    expect(statSync(at("switchboard.key")).size).toBe(32);
    expect(registration).toMatchObject({ senderLocalpart: "switchboard", url: "http://localhost:9993" });
    expect(config.bridge).toEqual({ domain: "example.org", url: deadUrl, port: 9993, bindAddress: "127.0.0.1" });
    expect(read("config.yml")).toContain("# Where Switchboard keeps what it was handed");
  });

  it("gives the administrator everything, the domain what people need to act as themselves, and strangers nothing", async () => {
    await init(...needed);

    expect(load().config.permissions).toEqual([
      { actor: "@alice:example.org", services: [{ service: "*", level: "admin" }] },
      { actor: "example.org", services: [{ service: "*", level: "login" }] },
    ]);
  });

  it("makes other secrets each time, and prints none", async () => {
    const first = await init(...needed, "--jira-url", "https://jira.example.org", "--jira-token", "planted-token");
    const before = files.map((name) => readFileSync(at(name), "latin1"));
    const second = await init(...needed, "--force");

    const secrets = [
      ...before.flatMap((text) => [...text.matchAll(/(?:_token|secret): ([0-9a-z]{40,})/g)].map(([, secret]) => String(secret))),
      "planted-token",
    ];
    expect(secrets).toHaveLength(4);
    expect(secrets.filter((secret) => (first.stdout + second.stdout).includes(secret))).toEqual([]);
    expect(files.map((name) => readFileSync(at(name), "latin1")).filter((text) => before.includes(text))).toEqual([]);
  });

  it.each([
    { url: "http://switchboard:7000", port: 7000, bindAddress: "0.0.0.0", registered: "http://switchboard:7000" },
    { url: "http://localhost:7000/", port: 7000, bindAddress: "127.0.0.1", registered: "http://localhost:7000" },
    { url: "http://[::1]:7000", port: 7000, bindAddress: "127.0.0.1", registered: "http://[::1]:7000" },
    {
      url: "https://switchboard.example.org/appservice",
      port: 9993,
      bindAddress: "0.0.0.0",
      registered: "https://switchboard.example.org/appservice",
    },
  ])("listens where --url $url says", async ({ url, port, bindAddress, registered }) => {
    await init(...needed, "--url", url, "--webhook-port", "8000", "--bot", "jira.bot");

    const { config, registration } = load();

    expect(config.bridge).toMatchObject({ port, bindAddress });
    expect(config.listeners).toMatchObject([{ port: 8000, resources: ["webhooks"] }]);
    expect(registration).toMatchObject({ url: registered, senderLocalpart: "jira.bot" });
  });

  it("writes whatever the values are so that they read back", async () => {
    const odd = [
      "--domain",
      "[::1]:8448",
      "--homeserver-url",
      deadUrl,
      "--admin",
      "@\"a': #b:example.org",
      "--jira-webhook-secret",
      "yes: 'no' #1",
    ];

    await init(...odd, "--jira-url", "https://jira.example.org", "--jira-user", "a@b.example", "--jira-token", "1234");

    const { config, warnings } = load();
    expect(warnings).toEqual([]);
    expect(config.bridge.domain).toBe("[::1]:8448");
    expect(config.permissions[0]?.actor).toBe("@\"a': #b:example.org");
    // The section's own types are its service's business.
    const jira = config.services["jira"] as {
      webhook: { secret: { reveal(): string } };
      instances: { main: { credential: { username: string; token: { reveal(): string } } } };
    };
    expect(jira.webhook.secret.reveal()).toBe("yes: 'no' #1");
    expect(jira.instances.main.credential.username).toBe("a@b.example");
    expect(jira.instances.main.credential.token.reveal()).toBe("1234");
  });

  it("names every flag that is missing, in one error, and writes nothing", async () => {
    const result = await init("--admin", "@alice:example.org");

    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toBe(
      "Nobody can be asked here, and these flags are missing: --domain <name> and --homeserver-url <url>. switchboard init --help describes them.\n",
    );
    expect(existsSync(folder)).toBe(false);
  });

  it("names every flag that cannot be used, in one error, without repeating what was typed", async () => {
    const wrong = [
      ...[
        "--domain",
        "https://example.org",
        "--homeserver-url",
        "localhost:8008",
        "--admin",
        "alice",
        "--url",
        "http://user:planted@localhost",
      ],
      ...["--webhook-port", "70000", "--bot", "@Switchboard", "--jira-url", "jira"],
    ];

    const result = await init(...wrong);

    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr.match(/^--[a-z-]+(?=: must )/gm)).toEqual([
      ...["--domain", "--homeserver-url", "--admin", "--url", "--webhook-port", "--bot", "--jira-url"],
    ]);
    expect(result.stderr).not.toContain("planted");
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    { title: "one port for two listeners", flags: ["--webhook-port", "9993"], says: "--webhook-port: 9993 is the port in --url already." },
    { title: "a token for no Jira", flags: ["--jira-token", "planted"], says: "--jira-url is missing" },
    { title: "a user without token", flags: ["--jira-url", "https://a.example", "--jira-user", "u"], says: "--jira-token is missing" },
    {
      title: "a token of Jira Cloud without its user",
      flags: ["--jira-url", "https://a.atlassian.net", "--jira-token", "planted"],
      says: "--jira-user is missing",
    },
  ])("refuses $title", async ({ flags, says }) => {
    const result = await init(...needed, ...flags);

    expect(result).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining(says) });
    expect(result.stderr).not.toContain("planted");
    expect(existsSync(folder)).toBe(false);
  });

  it("writes paths that count from the working folder when it writes there", async () => {
    mkdirSync(folder);
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));

    const result = await runCommandLine(["init", ...needed]);

    expect(result.exitCode).toBe(0);
    expect(load().config.storage).toMatchObject({ path: "./data", keyFile: "./switchboard.key" });
    expect(result.stdout).toContain("Start it: switchboard start\n");
  });

  it("has the services' flags in its help", async () => {
    const { exitCode, stdout } = await runCommandLine(["init", "--help"]);

    expect(exitCode).toBe(0);
    for (const flag of ["--domain <name>", "--jira-url <url>", "--jira-webhook-secret <text>", "--force", "$ switchboard init --dir"]) {
      expect(stdout).toContain(flag);
    }
    expect((await runCommandLine(["help", "init"])).stdout).toBe(stdout);
  });
});

describe("switchboard init where files are there already", () => {
  it("names all that are, before it asks anything, and touches nothing", async () => {
    mkdirSync(folder);
    for (const name of ["config.yml", "switchboard.key"]) writeFileSync(at(name), "mine");
    const person = terminalWith({});

    const result = await runCommandLine(["init", "--dir", folder], { openTerminal: person.openTerminal });

    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toBe(`${at("config.yml")} and ${at("switchboard.key")} are there already; --force overwrites them.\n`);
    expect(person.asked).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["config.yml", "switchboard.key"]);
    expect([read("config.yml"), read("switchboard.key")]).toEqual(["mine", "mine"]);
  });

  it("overwrites all of them with --force where there is no data folder", async () => {
    mkdirSync(folder);
    for (const name of files) writeFileSync(at(name), "old");
    chmodSync(at("config.yml"), 0o644);

    const result = await init(...needed, "--force");

    expect(result.exitCode).toBe(0);
    expect(load().warnings).toEqual([]);
    expect(files.map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(at("switchboard.key")).size).toBe(32);
  });

  it("keeps the key with --force while there is a data folder, and says so", async () => {
    await init(...needed);
    const [key, config] = [readFileSync(at("switchboard.key")), read("config.yml")];
    mkdirSync(at("data/store"), { recursive: true });

    const result = await init(...needed, "--force");

    expect(result.exitCode).toBe(0);
    expect(readFileSync(at("switchboard.key"))).toEqual(key);
    expect(read("config.yml")).not.toBe(config);
    expect(result.stdout).toContain(`Wrote ${at("config.yml")} and ${at("registration.yml")}, readable by you only.`);
    expect(result.stdout).toContain(`Kept ${at("switchboard.key")}: values in a data folder may be encrypted`);
  });

  it("keeps it also while the old configuration names a data folder elsewhere", async () => {
    await init(...needed);
    const key = readFileSync(at("switchboard.key"));
    mkdirSync(path.join(parent, "elsewhere", "store"), { recursive: true });
    writeFileSync(at("config.yml"), read("config.yml").replace(/path: .*/, `path: ${path.join(parent, "elsewhere")}`));

    const result = await init(...needed, "--force");

    expect(readFileSync(at("switchboard.key"))).toEqual(key);
    expect(result.stdout).toContain(`Kept ${at("switchboard.key")}`);
  });

  it("keeps it also while nobody can tell which data folder the old configuration names", async () => {
    await init(...needed);
    const key = readFileSync(at("switchboard.key"));
    writeFileSync(at("config.yml"), `${read("config.yml")}typo: [\n`);

    const result = await init(...needed, "--force");

    expect(result.exitCode).toBe(0);
    expect(readFileSync(at("switchboard.key"))).toEqual(key);
    expect(result.stdout).toContain(`Kept ${at("switchboard.key")}`);
  });

  it("says of a key that it kept, and that cannot be used, what to do", async () => {
    await init(...needed);
    chmodSync(at("switchboard.key"), 0o644);
    mkdirSync(at("data/store"), { recursive: true });

    const result = await init(...needed, "--force");

    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain(
      `Warning: it would not start yet. storage.keyFile: the file ${at("switchboard.key")} is open to other users`,
    );
    expect(result.stdout).toContain("Tell the homeserver of it.");
  });

  it("leaves everything as it was when one of them cannot be written", async () => {
    mkdirSync(at("registration.yml"), { recursive: true });
    writeFileSync(at("config.yml"), "old");

    const result = await init(...needed, "--force");

    expect(result).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringContaining(`${at("registration.yml")} cannot be written`),
    });
    expect(readdirSync(folder).sort()).toEqual(["config.yml", "registration.yml"]);
    expect(read("config.yml")).toBe("old");
  });

  it("says why the folder cannot be made", async () => {
    writeFileSync(folder, "");

    expect(await init(...needed)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`The folder ${folder} cannot be made`) });
  });
});

describe("switchboard init at a terminal", () => {
  const answers = {
    "Your homeserver's name": ["example.org"],
    "Where Switchboard reaches": [deadUrl],
    "Your own user id": ["@alice:example.org"],
  };

  function ask(person: ReturnType<typeof terminalWith>, ...flags: readonly string[]): Promise<CliResult> {
    return runCommandLine(["init", "--dir", folder, ...flags], { openTerminal: person.openTerminal });
  }

  it("asks what no flag says, with defaults in brackets, and takes them", async () => {
    const person = terminalWith(answers);

    const result = await ask(person, "--webhook-port", "8000");

    expect(result.exitCode).toBe(0);
    expect(person.asked).toEqual([
      "Your homeserver's name, which is what stands after the colon in user ids: ",
      "Where Switchboard reaches the homeserver [http://localhost:8008]: ",
      "Your own user id, such as @alice:example.org: ",
      "Where the homeserver reaches Switchboard [http://localhost:9993]: ",
      "The bot's name, which is what stands before the colon in its user id [switchboard]: ",
      "Id of your GitHub App, on its page under General (leave it empty to add GitHub later): ",
      "Where people open your Jira in the browser (leave it empty to add it later): ",
      "Public address under which inbound webhooks are reached [http://localhost:9000/webhook/]: ",
    ]);
    expect(person.isClosed()).toBe(true);
    expect(load().warnings).toEqual([]);
    expect(load().config.listeners[0]?.port).toBe(8000);
  });

  it("asks for a token without showing it, and only where there is a Jira", async () => {
    const person = terminalWith({ ...answers, "Where people open": ["https://jira.example.org"], "That account's": ["planted-token"] });

    const result = await ask(person);

    expect(person.hidden).toEqual([expect.stringContaining("API token")]);
    expect(read("config.yml")).toContain("token: planted-token\n");
    expect(result.stdout).not.toContain("planted");
  });

  it("asks again until an answer can be used", async () => {
    const person = terminalWith({ ...answers, "Your homeserver's name": ["", "http://example.org", "example.org"] });

    const result = await ask(person);

    expect(result.exitCode).toBe(0);
    expect(person.asked.slice(0, 3)).toEqual(Array(3).fill(person.asked[0]));
    expect(result.stdout).toContain("  That is needed.\n  That must be a server name, such as example.org.\n");
  });

  it("asks nothing with --yes", async () => {
    const person = terminalWith({});

    const result = await ask(person, ...needed, "--yes");

    expect(result.exitCode).toBe(0);
    expect(person.asked).toEqual([]);
  });
});

describe("switchboard init and the homeserver", () => {
  const initAt = (url: string): Promise<CliResult> =>
    init("--domain", "example.org", "--homeserver-url", url, "--admin", "@alice:example.org");

  it("finds a homeserver that does not know the registration yet, which is no warning", async () => {
    const tokens: unknown[] = [];
    const url = await homeserver({
      whoami(request) {
        tokens.push(request.headers.authorization);
        return [401, { errcode: "M_UNKNOWN_TOKEN" }];
      },
    });

    const { exitCode, stdout } = await initAt(`${url}/`);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `The homeserver at ${url}:\n  It is a Matrix homeserver, and it answers.\n  It does not know the registration yet`,
    );
    expect(stdout).not.toContain("Warning");
    expect(tokens).toEqual([`Bearer ${/as_token: (\S+)/.exec(read("registration.yml"))?.[1] ?? ""}`]);
  });

  it.each<{ title: string; answers: Parameters<typeof homeserver>[0]; says: string }>([
    {
      title: "knows the registration",
      answers: { whoami: () => [200, { user_id: "@switchboard:example.org" }] },
      says: "  It knows the registration, and the bot as @switchboard:example.org.",
    },
    {
      title: "has another name",
      answers: { whoami: () => [200, { user_id: "@switchboard:\u001b[2Jother.example" }] },
      says: "  Warning: It knows the bot as @switchboard:?[2Jother.example, not @switchboard:example.org.",
    },
    {
      title: "fails",
      answers: { whoami: () => [500, "planted"] },
      says: "  Warning: Whether it knows the registration could not be told: it answered with status 500.",
    },
    {
      title: "answers what nobody can read",
      answers: { whoami: () => [200, "<html>"] },
      says: "  Warning: Whether it knows the registration",
    },
    {
      title: "is none",
      answers: { versions: [404, "<html>"] },
      says: "  Warning: What answers there (status 404) is no Matrix homeserver.",
    },
    { title: "is some other API", answers: { versions: [200, { hello: "world" }] }, says: "  Warning: What answers there (status 200)" },
    { title: "sends elsewhere", answers: { versions: [302, ""] }, says: "  Warning: It sends us elsewhere (status 302)." },
  ])("says of one that $title what to do", async ({ answers, says }) => {
    const { exitCode, stdout } = await initAt(await homeserver(answers));

    expect(exitCode).toBe(0);
    expect(stdout).toContain(says);
  });

  it("warns where nobody answers, and has written its files all the same", async () => {
    const { exitCode, stdout } = await initAt(deadUrl);

    expect(exitCode).toBe(0);
    expect(stdout).toContain("  Warning: It was not checked: 127.0.0.1:1 could not be reached");
    expect(readdirSync(folder).sort()).toEqual(files);
  });

  it("prints what to add to each kind of homeserver, and what is next", async () => {
    const { stdout } = await init(...needed, "--jira-url", "https://jira.example.org");

    for (const text of [
      `    app_service_config_files:\n      - ${at("registration.yml")}\n`,
      `    app_service_api:\n      config_files:\n        - ${at("registration.yml")}\n`,
      "#admins:example.org\n    !admin appservices register\n    ```\n",
      "    @conduit:example.org: register-appservice\n    ```\n",
      `  1. Start it: switchboard start --config ${at("config.yml")} --registration ${at("registration.yml")}\n`,
      "  2. Invite @switchboard:example.org into a room",
      "Its URL is the public address of port 9000 here, followed by /jira/webhook",
      "!connect jira PLAY",
    ]) {
      expect(stdout).toContain(text);
    }
  });
});
