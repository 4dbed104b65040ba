import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { Secret } from "../shared/secret.js";
import type { Config } from "./config.js";
import { loadConfig, type LoadedConfig, type LoadInput } from "./load.js";
import type { ServiceSection, UnbuiltService } from "./schema.js";

const tracker: ServiceSection = {
  configKey: "tracker",
  permissionName: "tracker",
  title: "Tracker",
  environment: { TRACKER_KEY_FILE: "login.keyFile" },
  schema: {
    type: "object",
    properties: {
      webhook: { type: "object", properties: { secret: { type: "string", minLength: 1, secret: true } }, required: ["secret"] },
      login: { type: "object", properties: { keyFile: { type: "string" } } },
      instances: {
        type: "object",
        default: {},
        additionalProperties: {
          type: "object",
          properties: { url: { type: "string", format: "http-url" }, accessToken: { type: "string", secret: true } },
          required: ["url"],
        },
      },
    },
    required: ["webhook"],
  },
  kinds: [
    {
      stateTypes: ["org.example.board", "org.example.old.board"],
      stateSchema: { properties: { name: { type: "string" }, size: { type: "integer", default: 3 } }, required: ["name"] },
      canBeStatic: true,
      normalise: (content) => ("title" in content ? { name: content["title"] } : content),
    },
    { stateTypes: ["org.example.card"], stateSchema: {} },
  ],
};

const board = "{roomId: '!r:x', connectionType: org.example.board, stateKey: k, state: {name: b}}";

const hooks: UnbuiltService = {
  configKey: "hooks",
  permissionName: "inboundHooks",
  title: "Hooks",
  aliases: ["oldhooks"],
  isEnabled: (section) => section["enabled"] !== false,
};

const minimal = `
bridge: {domain: example.org, url: http://localhost:8008/, port: 9993}
listeners: [{port: 9000, resources: [webhooks]}]
permissions: [{actor: example.org, services: [{level: admin}]}]
tracker: {webhook: {secret: hush}}
`;

const registration = `
id: switchboard
as_token: as-hush
hs_token: hs-hush
sender_localpart: bot
namespaces: {users: [{exclusive: true, regex: '@_tracker_.*:example\\.org'}]}
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-config-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(text: string | readonly string[], input: Partial<LoadInput> & { readonly registration?: string } = {}): LoadedConfig {
  const texts = typeof text === "string" ? [text] : text;
  const { registration: registrationText = registration, ...rest } = input;
  return loadConfig({
    configFiles: texts.map((content, index) => write(`config${String(index)}.yml`, content)),
    registrationFile: write("registration.yml", registrationText),
    env: {},
    services: [tracker],
    otherServices: [hooks],
    ...rest,
  });
}

/** The error's lines, with the temporary folder taken away. */
function mistakes(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replaceAll(`${folder}/`, "").split("\n");
  }
  return [];
}

function warnings(loaded: LoadedConfig): readonly string[] {
  return loaded.warnings.map((warning) => warning.replaceAll(`${folder}/`, ""));
}

describe("loading a configuration", () => {
  it("fills in every default", () => {
    const { config, warnings: found } = load(minimal);

    expect(found).toEqual([]);
    expect(config).toEqual({
      bridge: { domain: "example.org", url: "http://localhost:8008", port: 9993, bindAddress: "127.0.0.1" },
      listeners: [{ port: 9000, bindAddress: "127.0.0.1", prefix: "", resources: ["webhooks"] }],
      permissions: [{ actor: "example.org", services: [{ level: "admin" }] }],
      storage: { path: "./data", keepDeliveries: { days: 7, count: 100_000 } },
      logging: { level: "info", json: false, colorize: false, timestampFormat: "HH:mm:ss:SSS" },
      metrics: { enabled: false },
      bot: {},
      serviceBots: [],
      messaging: { allowUrlPreviews: true },
      connections: [],
      outbound: { allow: [] },
      ticketing: { verifyConnection: true },
      registry: { chat: true, commandsThroughCredential: false },
      repositories: { trackedFolders: [] },
      devinfo: {
        ...{ clients: [], connectApps: [], knownKeys: "connected", maxBodyBytes: 33_554_432, fromWebhooks: [], forward: [] },
        ...{ smartCommits: { comment: false, time: false, transition: false }, submissions: { keepDays: 14 } },
      },
      passFile: "./passkey.pem",
      api: { tokens: [], admins: [] },
      compatibility: { writeTokens: false },
      services: { tracker: { webhook: { secret: new Secret("hush") }, instances: {} } },
    } satisfies Config);
  });

  it("freezes all of it", () => {
    const { config, registration: registered } = load(minimal);

    const parts = [config, config.bridge, config.listeners, config.listeners[0], config.permissions[0], config.storage.keepDeliveries];

    expect([...parts, config.services, config.services["tracker"], registered, registered.namespaces.users].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it("gives the data folder of the command line precedence", () => {
    expect(load(minimal, { dataPath: "/srv/data" }).config.storage.path).toBe("/srv/data");
  });

  it("lets later files replace whole sections, but joins their connections", () => {
    const connection = (key: string): string => `connections: [${board.replace("stateKey: k", `stateKey: ${key}`)}]`;

    const { config } = load([
      `${minimal}\nlogging: {level: DEBUG, json: true}\n${connection("a")}`,
      `logging: {level: warn}\n${connection("b")}`,
    ]);

    expect(config.logging).toMatchObject({ level: "warn", json: false });
    expect(config.connections.map(({ stateKey }) => stateKey)).toEqual(["a", "b"]);
  });

  it("applies merge keys, and keeps aliased sections apart", () => {
    const { config } = load(`
bridge: {domain: example.org, url: http://localhost:8008, port: 9993}
listeners:
  - &first {port: 9000, resources: [webhooks]}
  - {<<: *first, port: 9001}
tracker: {webhook: {secret: hush}}
`);

    expect(config.listeners.map(({ port, resources }) => [port, resources])).toEqual([
      [9000, ["webhooks"]],
      [9001, ["webhooks"]],
    ]);
  });

  it("counts an empty section as absent", () => {
    const { config } = load(`${minimal.replace("tracker: {webhook: {secret: hush}}", "tracker:")}\nlogging:\nhooks:\n`);

    expect(config.services).toEqual({});
    expect(config.logging.level).toBe("info");
  });

  it.each([
    { prefix: "/hooks/", expected: "/hooks" },
    { prefix: "hooks", expected: "/hooks" },
    { prefix: "/", expected: "" },
  ])("takes the prefix $prefix for $expected", ({ prefix, expected }) => {
    const { config } = load(minimal.replace("{port: 9000,", `{port: "9000", prefix: ${prefix}, publicUrl: https://hooks.example.org/,`));

    expect(config.listeners[0]).toMatchObject({ port: 9000, prefix: expected, publicUrl: "https://hooks.example.org" });
  });

  it("makes everybody on the own domain an administrator when there are no permissions, and says so", () => {
    const loaded = load(minimal.replace(/permissions.*/, ""));

    expect(loaded.config.permissions).toEqual([{ actor: "example.org", services: [{ service: "*", level: "admin" }] }]);
    expect(warnings(loaded)).toEqual([
      "config0.yml: permissions: no permissions are configured, so everybody on example.org is an administrator of all services.",
    ]);
  });

  it("lets an older environment variable replace its key, where the key's parent is there", () => {
    const env = { TRACKER_KEY_FILE: "./new.pem" };

    const without = load(minimal, { env });
    const withLogin = load(minimal.replace("tracker: {", "tracker: {login: {keyFile: old.pem}, "), { env });

    expect(without.config.services["tracker"]).not.toHaveProperty("login");
    expect(withLogin.config.services["tracker"]).toMatchObject({ login: { keyFile: "./new.pem" } });
  });
});

describe("secrets", () => {
  const secretOf = (loaded: LoadedConfig): unknown => {
    const section = loaded.config.services["tracker"] as { readonly webhook: { readonly secret: Secret } };
    return section.webhook.secret.reveal();
  };

  it("may come from a file, whose last line break does not count", () => {
    const file = write("secret", " from file \n");

    expect(secretOf(load(minimal.replace("secret: hush", `secretFile: ${file}`)))).toBe(" from file ");
  });

  it("may come from the environment, which goes before the file", () => {
    const env = { SWITCHBOARD_TRACKER_WEBHOOK_SECRET: "from environment" };

    expect(secretOf(load(minimal, { env }))).toBe("from environment");
    expect(secretOf(load(minimal.replace("{webhook: {secret: hush}}", "{}"), { env }))).toBe("from environment");
  });

  it("of entries with chosen names have their names in the variable", () => {
    const { config } = load(minimal.replace("tracker: {", "tracker: {instances: {my-own: {url: https://t.example.org}}, "), {
      env: { SWITCHBOARD_TRACKER_INSTANCES_MY_OWN_ACCESS_TOKEN: "token" },
    });

    expect(config.services["tracker"]).toMatchObject({ instances: { "my-own": { accessToken: new Secret("token") } } });
  });

  it("in the environment alone do not switch a service on", () => {
    const { config } = load(minimal.replace(/tracker.*/, ""), { env: { SWITCHBOARD_TRACKER_WEBHOOK_SECRET: "x" } });

    expect(config.services).toEqual({});
  });

  it("of the registration are hidden too, and may come from the environment", () => {
    const { registration: registered } = load(minimal, { env: { SWITCHBOARD_REGISTRATION_HS_TOKEN: "from environment" } });

    expect(JSON.stringify(registered)).not.toContain("hush");
    expect(registered.asToken.reveal()).toBe("as-hush");
    expect(registered.hsToken.reveal()).toBe("from environment");
  });

  it("never stand in the frozen configuration as text", () => {
    expect(JSON.stringify(load(minimal).config)).not.toContain("hush");
  });

  it.each([
    {
      title: "is missing",
      section: "{webhook: {}}",
      expected:
        "config0.yml: tracker.webhook.secret: is missing; give it here, as a file in secretFile, or in the environment variable SWITCHBOARD_TRACKER_WEBHOOK_SECRET.",
    },
    {
      title: "stands twice",
      section: "{webhook: {secret: a, secretFile: b}}",
      expected: "config0.yml: tracker.webhook.secret: stands beside secretFile; give only one of them.",
    },
    {
      title: "is in a file that is not there",
      section: "{webhook: {secretFile: /nowhere/secret}}",
      expected: "config0.yml: tracker.webhook.secretFile: the file /nowhere/secret does not exist.",
    },
  ])("one that $title is a mistake", ({ section, expected }) => {
    expect(mistakes(() => load(minimal.replace("{webhook: {secret: hush}}", section)))).toEqual([expected]);
  });
});

describe("a mistake names file and key", () => {
  it.each([
    {
      title: "two lines that are the same key",
      text: "a: 1\nb: 2\na: 3\n",
      expected: "config0.yml, line 3: is not valid YAML: duplicated mapping key.",
    },
    {
      title: "a tab",
      text: "a:\n\tb: hush\n",
      expected: "config0.yml, line 2: is not valid YAML: tab characters must not be used in indentation.",
    },
    { title: "an empty file", text: "", expected: "config0.yml: is not valid YAML: expected a document, but the input is empty." },
    { title: "a list", text: "- a\n", expected: "config0.yml: holds no keys at its top level; it must be a YAML mapping." },
    { title: "connections of the wrong shape", text: "connections: {}\n", expected: "config0.yml: connections is not an array." },
    {
      title: "encryption by its old name",
      text: `${minimal}experimentalEncryption: {}\n`,
      expected: "config0.yml: experimentalEncryption: this key is now called encryption; rename it.",
    },
    { title: "no bridge", text: minimal.replace(/bridge.*/, ""), expected: "config0.yml: bridge: is missing." },
    {
      title: "no listener",
      text: minimal.replace(/listeners.*/, "listeners: []"),
      expected: "config0.yml: listeners: No listeners configured; at least one is needed.",
    },
    {
      title: "an unknown permission level",
      text: minimal.replace("level: admin", "level: god"),
      expected: "config0.yml: permissions.0.services.0.level: must be one of commands, login, notifications, manageConnections, admin.",
    },
    {
      title: "an unknown log level",
      text: `${minimal}logging: {level: loud}`,
      expected: "config0.yml: logging.level: must be one of error, warn, info, debug, trace.",
    },
    {
      title: "a preview switch that is no boolean",
      text: `${minimal}messaging: {allowUrlPreviews: maybe}`,
      expected: "config0.yml: messaging.allowUrlPreviews: must be a boolean: true or false.",
    },
    {
      title: "a URL that is none",
      text: minimal.replace("http://localhost:8008/", "localhost"),
      expected: "config0.yml: bridge.url: must be a URL that begins with http:// or https://.",
    },
    {
      title: "a port twice",
      text: minimal.replace("port: 9000", "port: 9993"),
      expected: "config0.yml: listeners.0.port: 9993 is the port of bridge.port already.",
    },
    {
      title: "a proxy that is no URL",
      text: `${minimal}outbound: {proxy: "hush:3128"}`,
      expected: "config0.yml: outbound.proxy: must be a URL that begins with http:// or https://.",
    },
  ])("$title", ({ text, expected }) => {
    const found = mistakes(() => load(text));

    expect(found).toContain(expected);
    expect(found.join()).not.toContain("hush");
  });

  it("for every mistake at once, each in its own line and file", () => {
    const found = mistakes(() => load([minimal, "logging: {level: loud}", "metrics: {enabled: [1]}"]));

    expect(found.map((line) => line.split(": ").slice(0, 2))).toEqual([
      ["config1.yml", "logging.level"],
      ["config2.yml", "metrics.enabled"],
    ]);
  });

  it("beside unknown keys, which may be what is missing", () => {
    expect(mistakes(() => load(minimal.replace("webhook: {secret", "webhok: {secret")))).toEqual([
      "config0.yml: tracker.webhook: is missing.",
      'Warning: config0.yml: tracker.webhok: is no known key and has no effect. Did you mean "webhook"?',
    ]);
  });

  it("when a file is not there", () => {
    expect(mistakes(() => load(minimal, { configFiles: ["/nowhere/config.yml"] }))).toEqual(["/nowhere/config.yml: does not exist."]);
  });

  it.each([
    {
      title: "a token is missing",
      from: "as_token: as-hush",
      to: "",
      expected: /^registration\.yml: as_token: is missing; .* SWITCHBOARD_REGISTRATION_AS_TOKEN\.$/,
    },
    {
      title: "a pattern is none",
      from: "@_tracker_.*",
      to: "@(",
      expected: /^registration\.yml: namespaces\.users\.0\.regex: is not a valid regular expression\.$/,
    },
  ])("of the registration when $title", ({ from, to, expected }) => {
    expect(mistakes(() => load(minimal, { registration: registration.replace(from, to) }))).toEqual([expect.stringMatching(expected)]);
  });
});

describe("static connections", () => {
  const withConnection = (connection: string): string => `${minimal}connections: [${connection}]`;

  it("are passed on as they are written, once they are known to fit", () => {
    const { config, warnings: found } = load(withConnection(board.replace("name: b", "name: b, size: 7, other: 1")));

    expect(config.connections).toEqual([
      { roomId: "!r:x", connectionType: "org.example.board", stateKey: "k", state: { name: "b", size: 7, other: 1 } },
    ]);
    expect(Object.isFrozen(config.connections[0]?.state)).toBe(true);
    expect(found).toEqual([]);
  });

  it.each([
    { title: "of an older type", connection: board.replace("example.board", "example.old.board") },
    { title: "in an older form", connection: board.replace("name: b", "title: b") },
  ])("may be $title", ({ connection }) => {
    expect(load(withConnection(connection)).config.connections).toHaveLength(1);
  });

  it.each([
    { from: "roomId: '!r:x', ", to: "", says: "roomId: is not a string" },
    { from: "'!r:x'", to: "[1]", says: "roomId: is not a string" },
    { from: "stateKey: k", to: "stateKey: {}", says: "stateKey: is not an string" },
    { from: "stateKey: k, ", to: "", says: "stateKey: is not an string" },
    { from: "org.example.board", to: "[]", says: "connectionType: is not an string" },
    { from: "{name: b}", to: "text", says: "state: is not an object" },
    { from: ", state: {name: b}", to: "", says: "state: is not an object" },
    { from: "example.board", to: "example.bord", says: "connectionType: is not a known connection type" },
    { from: "example.board", to: "example.card", says: "connectionType: does not support static configuration" },
    { from: "name: b", to: "size: 1", says: "state: connection state did not validate: must have required property 'name'" },
    { from: "name: b", to: "name: b, size: hush", says: "state: connection state did not validate: size: must be integer" },
  ])("that are wrong are refused in Hookshot's words: $says", ({ from, to, says }) => {
    expect(mistakes(() => load(withConnection(`${board}, ${board.replace(from, to)}`)))).toEqual([`config0.yml: connections.1.${says}`]);
  });

  it.each([
    { title: "has no section", text: withConnection(board).replace(/tracker: .*/, ""), service: tracker },
    { title: "is switched off", text: withConnection(board), service: { ...tracker, isEnabled: () => false } },
  ])("are refused where their service $title", ({ text, service }) => {
    expect(mistakes(() => load(text, { services: [service] }))[0]).toBe(
      "config0.yml: connections.0.connectionType: Service 'tracker' is not enabled in the config.",
    );
  });

  it("of a second file are reported with that file", () => {
    const other = `connections: [${board.replace("example.board", "nothing")}]`;

    expect(mistakes(() => load([withConnection(board), other]))).toEqual([
      "config1.yml: connections.1.connectionType: is not a known connection type",
    ]);
  });
});

describe("a section that two services share", () => {
  const inbound: ServiceSection = {
    ...{ configKey: "both", permissionName: "in", title: "In" },
    schema: {
      type: "object",
      description: "Both ways.",
      properties: { secret: { type: "string", secret: true }, prefix: { type: "string" } },
    },
  };
  const outward: ServiceSection = {
    ...{ configKey: "both", permissionName: "out", title: "Out" },
    schema: { type: "object", properties: { outbound: { type: "boolean", default: false } }, required: ["outbound"] },
  };
  const text = minimal.replace(/tracker.*/, "both: {secret: hush, outbound: true}");

  it("has the keys of both, and nobody else's", () => {
    const loaded = load(text.replace("outbound: true", "outbound: true, outbund: 1"), { services: [inbound, outward] });

    expect(loaded.config.services).toEqual({ both: { secret: new Secret("hush"), outbound: true } });
    expect(warnings(loaded)).toEqual(['config0.yml: both.outbund: is no known key and has no effect. Did you mean "outbound"?']);
  });

  it("demands what either demands", () => {
    const schema = { ...outward.schema, required: ["prefix"] };

    expect(mistakes(() => load(text, { services: [inbound, { ...outward, schema }] }))).toEqual(["config0.yml: both.prefix: is missing."]);
  });

  it("is named once where no service is configured", () => {
    const found = warnings(load(minimal.replace(/tracker.*/, ""), { services: [inbound, outward] }));

    expect(found).toEqual([expect.stringMatching(/add a section for one of: both\.$/)]);
  });

  it("cannot have a key that means two things", () => {
    const schema = { type: "object", properties: { prefix: { type: "integer" } } };

    expect(() => load(text, { services: [inbound, { ...outward, schema }] })).toThrow(TypeError);
  });
});

describe("targets of requests to typed addresses", () => {
  it("are addresses, ranges and names; the proxy is a secret", () => {
    const allow = "[10.0.0.1, 10.0.0.0/8, fd00::/8, '::1', builds, builds.internal, 'B_u-ilds.example.org.']";

    const { config } = load(`${minimal}outbound: {allow: ${allow}, proxy: 'http://ada:hush@proxy:3128'}`);

    expect(config.outbound.allow).toHaveLength(7);
    expect(JSON.stringify(config.outbound)).not.toContain("hush");
    expect(config.outbound.proxy?.reveal()).toBe("http://ada:hush@proxy:3128");
  });

  it.each([
    "http://builds",
    "builds:8080",
    "builds/path",
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0.0/8/8",
    "10.0.0.0/x",
    "10.0.0.0/",
    "-",
    "a b",
  ])("are not %s", (entry) => {
    expect(mistakes(() => load(`${minimal}outbound: {allow: [ok.internal, '${entry}']}`))).toEqual([
      expect.stringMatching(/^config0\.yml: outbound\.allow\.1: must be an address, a range .* or a host name/),
    ]);
  });
});

describe("the provisioning API", () => {
  const listeners = "listeners: [{port: 9000, resources: [webhooks]}]";
  const served = minimal.replace("[webhooks]", "[webhooks, provisioning]");
  const unreachable =
    "provisioning is served, but nobody can call it: give provisioning.secret or a token in api.tokens, or make one with switchboard token create.";

  it("has Hookshot's secret", () => {
    const { config, warnings: found } = load(`${served}provisioning: {secret: hush}`);

    expect(config.provisioning?.secret.reveal()).toBe("hush");
    expect(JSON.stringify(config)).not.toContain("hush");
    expect(found).toEqual([]);
  });

  it("may have its secret in a file or the environment, where its section is there", () => {
    const file = write("secret", "from file\n");

    const secretOf = (loaded: LoadedConfig): string | undefined => loaded.config.provisioning?.secret.reveal();

    expect(secretOf(load(`${served}provisioning: {secretFile: ${file}}`))).toBe("from file");
    expect(secretOf(load(`${served}provisioning: {}`, { env: { SWITCHBOARD_PROVISIONING_SECRET: "from environment" } }))).toBe(
      "from environment",
    );
  });

  it.each([
    { section: "{port: 9002}", listener: { port: 9002, bindAddress: "127.0.0.1", prefix: "", resources: ["provisioning"] } },
    {
      section: "{port: 9002, bindAddress: 0.0.0.0}",
      listener: { port: 9002, bindAddress: "0.0.0.0", prefix: "", resources: ["provisioning"] },
    },
    { section: "{port: 0}", listener: { port: 0, bindAddress: "127.0.0.1", prefix: "", resources: ["provisioning"] } },
  ])("gets a listener of its own by $section", ({ section, listener }) => {
    const { config, warnings: found } = load(`${minimal}provisioning: ${section.replace("{", "{secret: hush, ")}`);

    expect(config.listeners).toEqual([expect.objectContaining({ port: 9000, resources: ["webhooks"] }), listener]);
    expect(Object.isFrozen(config.listeners[1])).toBe(true);
    expect(found).toEqual([]);
  });

  it.each(["[webhooks]", "[webhooks, provisioning]"])("shares the listener that its port has, with the resources %s", (resources) => {
    const { config, warnings: found } = load(`${minimal.replace("[webhooks]", resources)}provisioning: {secret: hush, port: 9000}`);

    expect(config.listeners).toEqual([{ port: 9000, bindAddress: "127.0.0.1", prefix: "", resources: ["webhooks", "provisioning"] }]);
    expect(found).toEqual([]);
  });

  it("says that it shares a listener where that has another address", () => {
    const text = minimal.replace(listeners, "listeners: [{port: 9000, bindAddress: 0.0.0.0, resources: [webhooks]}]");

    expect(warnings(load(`${text}provisioning: {secret: hush, port: 9000}`))).toEqual([
      "config0.yml: provisioning.port: a listener has the port 9000 already, on 0.0.0.0: this API is served there too, not on 127.0.0.1.",
    ]);
  });

  it("cannot have the homeserver's port", () => {
    expect(mistakes(() => load(`${minimal}provisioning: {secret: hush, port: 9993}`))).toEqual([
      "config0.yml: provisioning.port: 9993 is the port of bridge.port already.",
    ]);
  });

  it.each([
    { title: "no caller", more: "", expected: `listeners.0.resources: ${unreachable}` },
    {
      title: "no caller but a token for something else",
      more: "api: {tokens: [{name: a, token: t, scopes: [other]}]}",
      expected: `listeners.0.resources: ${unreachable}`,
    },
  ])("warns when it has $title", ({ more, expected }) => {
    expect(warnings(load(`${served}${more}`))).toContain(`config0.yml: ${expected}`);
  });

  it.each([
    "provisioning: {secret: s}",
    "api: {tokens: [{name: a, token: t, scopes: [provisioning]}]}",
    "api: {admins: [{name: a, password: p}]}",
  ])("can be called with %s", (more) => {
    expect(warnings(load(`${served}${more}`))).toEqual([]);
  });

  it("warns of a secret that opens nothing, or that cannot be sent", () => {
    expect(warnings(load(`${minimal}provisioning: {secret: 'hu sh'}`))).toEqual([
      "config0.yml: provisioning.secret: is given, but no listener has the resource provisioning.",
      "config0.yml: provisioning.secret: holds spaces or characters beyond ASCII, which programs cannot send in a header.",
    ]);
  });

  it("does not take an empty secret", () => {
    expect(mistakes(() => load(`${served}provisioning: {secret: ''}`))).toEqual(["config0.yml: provisioning.secret: must not be empty."]);
  });
});

describe("the connectors API", () => {
  const served = minimal.replace("[webhooks]", "[webhooks, connectors]");

  it("warns when nobody can call it; administrators cannot, since it takes tokens alone", () => {
    expect(
      warnings(load(`${served}api: {admins: [{name: a, password: p}], tokens: [{name: a, token: t, scopes: [provisioning]}]}`)),
    ).toEqual([
      "config0.yml: listeners.0.resources: connectors is served, but nobody can call it: give a token with the scope connectors in api.tokens, or make one with switchboard token create.",
    ]);
  });

  it.each(["connectors", "connectors:read", "findings"])("can be called with a token that has the scope %s", (scope) => {
    expect(warnings(load(`${served}api: {tokens: [{name: a, token: t, scopes: ["${scope}"]}]}`))).toEqual([]);
  });
});

describe("the API of Git integrations", () => {
  const served = minimal.replace("[webhooks]", "[webhooks, git-integrations]");

  it.each([
    "admins: [{name: a, password: p}]",
    'tokens: [{name: a, token: t, scopes: ["git-integrations"]}]',
    'tokens: [{name: a, token: t, scopes: ["git-integrations:read"]}]',
  ])("can be called with %s", (callers) => {
    expect(warnings(load(`${served}api: {${callers}}`))).toEqual([]);
  });

  it("warns when nobody can call it", () => {
    expect(warnings(load(`${served}api: {tokens: [{name: a, token: t, scopes: [connectors]}]}`))).toEqual([
      "config0.yml: listeners.0.resources: git-integrations is served, but nobody can call it: give an administrator in api.admins or a token with the scope git-integrations in api.tokens, or make one with switchboard token create.",
    ]);
  });
});

describe("the ticketing API", () => {
  const served = minimal.replace("[webhooks]", "[webhooks, xray-ticketing]");

  it("asks trackers unless that is switched off", () => {
    const admins = "api: {admins: [{name: a, password: p}]}";

    const loaded = load(`${served}ticketing: {verifyConnection: false}\n${admins}`);

    expect([loaded.config.ticketing, warnings(loaded)]).toEqual([{ verifyConnection: false }, []]);
    expect(load(`${served}${admins}`).config.ticketing).toEqual({ verifyConnection: true });
  });

  it("warns when nobody can call it", () => {
    expect(warnings(load(`${served}api: {tokens: [{name: a, token: t, scopes: [connectors]}]}`))).toEqual([
      "config0.yml: listeners.0.resources: xray-ticketing is served, but nobody can call it: give an administrator in api.admins or a token with the scope xray-ticketing in api.tokens, or make one with switchboard token create.",
    ]);
  });
});

describe("callers of the APIs", () => {
  const hash = "$scrypt$ln=15,r=8,p=3$c2FsdHNhbHRzYWx0c2FsdA$A9lBa6RTbfBovWqamVIqXKovIl4Vk6OZyVojLJmYmSI";
  const withApi = (api: string): string => `${minimal}api: ${api}`;

  it("are tokens and administrators, whose secrets may come from files and the environment", () => {
    const tokenFile = write("token", "token from file\n");
    const hashFile = write("hash", `${hash}\n`);

    const { config, warnings: found } = load(
      withApi(`
  tokens:
    - {name: dimension, tokenFile: ${tokenFile}, scopes: [provisioning], expires: 2027-01-31}
    - {name: ci, scopes: [provisioning]}
  admins:
    - {name: ada, password: hush}
    - {name: bob, passwordHashFile: ${hashFile}}`),
      { env: { SWITCHBOARD_API_TOKENS_1_TOKEN: "from-environment" } },
    );

    expect(config.api).toEqual({
      tokens: [
        { name: "dimension", token: new Secret("token from file"), scopes: ["provisioning"], expires: "2027-01-31" },
        { name: "ci", token: new Secret("from-environment"), scopes: ["provisioning"] },
      ],
      admins: [
        { name: "ada", password: new Secret("hush") },
        { name: "bob", passwordHash: new Secret(hash) },
      ],
    });
    expect(config.api.tokens.map(({ token }) => token.reveal())).toEqual(["token from file", "from-environment"]);
    expect(JSON.stringify(config)).not.toContain("hush");
    expect(warnings({ config, warnings: found } as LoadedConfig)).toEqual([
      "config0.yml: api.tokens.0.token: holds spaces or characters beyond ASCII, which programs cannot send in a header.",
    ]);
  });

  it.each([
    { title: "a token without a name", api: "{tokens: [{token: hush, scopes: []}]}", expected: "tokens.0.name: is missing." },
    {
      title: "a token without itself",
      api: "{tokens: [{name: a, scopes: []}]}",
      expected:
        "tokens.0.token: is missing; give it here, as a file in tokenFile, or in the environment variable SWITCHBOARD_API_TOKENS_0_TOKEN.",
    },
    { title: "a token without scopes", api: "{tokens: [{name: a, token: hush}]}", expected: "tokens.0.scopes: is missing." },
    {
      title: "two tokens of one name",
      api: "{tokens: [{name: a, token: hush, scopes: []}, {name: a, token: hush2, scopes: []}]}",
      expected: "tokens.1.name: a is the name of api.tokens.0 already.",
    },
    {
      title: "two administrators of one name",
      api: "{admins: [{name: a, password: hush}, {name: b, password: hush}, {name: b, password: hush}]}",
      expected: "admins.2.name: b is the name of api.admins.1 already.",
    },
    { title: "a colon in a name", api: "{admins: [{name: 'a:b', password: hush}]}", expected: "admins.0.name: must not hold a colon." },
    {
      title: "an administrator without password",
      api: "{admins: [{name: a}]}",
      expected: "admins.0: has neither password nor passwordHash; give one of them.",
    },
    {
      title: "an administrator with two",
      api: `{admins: [{name: a, password: hush, passwordHash: '${hash}'}]}`,
      expected: "admins.0: has both password and passwordHash; give only one of them.",
    },
    {
      title: "a hash that is none",
      api: "{admins: [{name: a, passwordHash: hush}]}",
      expected: "admins.0.passwordHash: is no hash that `switchboard hash-password` makes.",
    },
    {
      title: "an end that is no time",
      api: "{tokens: [{name: a, token: hush, scopes: [], expires: 31.12.2027}]}",
      expected: "tokens.0.expires: must be a day such as 2027-01-31, or a time with its zone such as 2027-01-31T12:00:00Z.",
    },
    {
      title: "a target that is none",
      api: "{tokens: [{name: a, token: hush, scopes: [findings], targets: [connector/a, main]}]}",
      expected:
        "tokens.0.targets.1: must be `<kind>/<name>`, `<kind>/#<id>`, `<kind>/*`, or `*` for all; kinds are connector, integration and ticketing.",
    },
    {
      title: "an end that no calendar has",
      api: "{tokens: [{name: a, token: hush, scopes: [], expires: 2027-02-30}]}",
      expected: "tokens.0.expires: must be a day such as 2027-01-31, or a time with its zone such as 2027-01-31T12:00:00Z.",
    },
  ])("must not be $title", ({ api, expected }) => {
    const found = mistakes(() => load(withApi(api)));

    expect(found[0]).toBe(`config0.yml: api.${expected}`);
    expect(found.join()).not.toContain("hush");
  });

  it.each([
    {
      title: "an unknown scope",
      scopes: "[provisioning, provisionin]",
      expected: 'scopes.1: provisionin is no known scope. Did you mean "provisioning"?',
    },
    { title: "no scope", scopes: "[]", expected: "scopes: is empty, so this token may call nothing." },
    {
      title: "targets beside what they do not limit",
      scopes: "[findings, connectors], targets: [connector/a]",
      expected: "targets: limits nothing of connectors.",
    },
  ])("are warned of with $title", ({ scopes, expected }) => {
    expect(warnings(load(withApi(`{tokens: [{name: a, token: hush, scopes: ${scopes}}]}`)))).toEqual([
      `config0.yml: api.tokens.0.${expected}`,
    ]);
  });
});

describe("compatibility with Hookshot", () => {
  it("writes people's logins for it only where that is asked for", () => {
    expect(load(`${minimal}compatibility: {writeTokens: true}`).config.compatibility).toEqual({ writeTokens: true });
  });
});

describe("doubts are warnings", () => {
  it.each([
    {
      title: "an unknown section",
      text: `${minimal}trackr: {}`,
      expected: 'config0.yml: trackr: is no known key and has no effect. Did you mean "tracker"?',
    },
    {
      title: "an unknown key in a service",
      text: minimal.replace("{secret: hush}", "{secret: hush, secrt: hush}"),
      expected: 'config0.yml: tracker.webhook.secrt: is no known key and has no effect. Did you mean "secret"?',
    },
    {
      title: "a key that resembles nothing",
      text: `${minimal}qqqqqqqqqqqq: 1`,
      expected: "config0.yml: qqqqqqqqqqqq: is no known key and has no effect.",
    },
    {
      title: "text where a boolean belongs",
      text: `${minimal}logging: {json: yes}`,
      expected:
        "config0.yml: logging.json: is text in YAML 1.2, which Hookshot takes for true whatever it says; it counts as true here. Write true or false.",
    },
    {
      title: "a number where text belongs",
      text: minimal.replace("hush", "0123"),
      expected: "config0.yml: tracker.webhook.secret: is read as a number by YAML and taken as text; put it in quotes.",
    },
    {
      title: "no service",
      text: minimal.replace(/tracker.*/, ""),
      expected: "config0.yml: no service is configured, so rooms have nothing to connect to; add a section for one of: tracker.",
    },
    {
      title: "no listener for webhooks",
      text: minimal.replace("resources: [webhooks]", "resources: []"),
      expected: "config0.yml: listeners: no listener has the resource webhooks, so nothing can be received.",
    },
    {
      title: "an unknown resource",
      text: minimal.replace("[webhooks]", "[webhooks, metrcs]"),
      expected: 'config0.yml: listeners.0.resources.1: metrcs is no known resource. Did you mean "metrics"?',
    },
    {
      title: "a service that is not built",
      text: `${minimal}hooks: {anything: {goes: here}}`,
      expected:
        "config0.yml: hooks: Hooks is not built yet: the section is accepted without effect, and connections in rooms stay as they are.",
    },
    {
      title: "an older service name",
      text: minimal.replace("{level: admin}", "{service: oldhooks, level: admin}"),
      expected: "config0.yml: permissions.0.services.0.service: oldhooks is an older name; it counts as inboundHooks.",
    },
    {
      title: "an unknown service name",
      text: minimal.replace("{level: admin}", "{service: tracke, level: admin}"),
      expected: 'config0.yml: permissions.0.services.0.service: tracke is no known service and matches nothing. Did you mean "tracker"?',
    },
    {
      title: "a room alias as actor",
      text: minimal.replace("actor: example.org", "actor: '#admins:example.org'"),
      expected: "config0.yml: permissions.0.actor: is a room alias and matches nobody; write the room's id, which begins with !.",
    },
    {
      title: "a service bot without namespace",
      text: `${minimal}serviceBots: [{localpart: tb, prefix: '!t', service: tracker}]`,
      expected:
        "registration.yml: namespaces.users: has no pattern for the service bot @tb:example.org; the homeserver will refuse to make it.",
    },
    {
      title: "a static connection in a room that is none",
      text: `${minimal}connections: [${board.replace("!r:x", "#r:x")}]`,
      expected: "config0.yml: connections.0.roomId: is no room id, which begins with !.",
    },
    {
      title: "a pass file that is not there",
      text: `${minimal}passFile: /nowhere/passkey.pem`,
      expected: "config0.yml: passFile: the file /nowhere/passkey.pem does not exist, so no key can be made from it.",
    },
  ])("$title", ({ text, expected }) => {
    expect(warnings(load(text))).toEqual([expected]);
  });

  it("a service that is not built says nothing while it is switched off", () => {
    expect(warnings(load(`${minimal}hooks: {enabled: false}`))).toEqual([]);
  });

  it.each(["cache", "queue", "sentry", "widgets", "goNebMigrator", "encryption"])("%s is one that says what is instead", (key) => {
    const found = warnings(load(`${minimal}${key}: {storagePath: x}`));

    expect(found.filter((warning) => warning.startsWith(`config0.yml: ${key}: `))).toHaveLength(1);
  });

  it("a queue asked for by the environment is one too", () => {
    expect(warnings(load(minimal, { env: { CFG_QUEUE_MONOLITHIC: "False" } }))).toEqual([expect.stringContaining("CFG_QUEUE_MONOLITHIC")]);
  });

  it.each([
    { regex: "@_tracker_.*:example\\.org", fits: true },
    { regex: "@_tracker_.*:example.org$", fits: true },
    { regex: "@_tracker_.*", fits: true },
    { regex: "@(?:a|b):example.org", fits: true },
    { regex: "@_tracker_.*:localhost", fits: false },
  ])("the namespace $regex fits the domain: $fits", ({ regex, fits }) => {
    const found = warnings(load(minimal, { registration: registration.replace(/regex: '.*'/, () => `regex: '${regex}'`) }));

    expect(found).toEqual(fits ? [] : ["registration.yml: namespaces.users.0.regex: does not fit bridge.domain, which is example.org."]);
  });
});
