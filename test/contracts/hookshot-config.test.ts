import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { otherServices, serviceSections } from "../../src/app/services.js";
import { loadConfig, type LoadedConfig } from "../../src/config/load.js";
import { Secret } from "../../src/shared/secret.js";

const folder = "test/fixtures/hookshot-config";

// A key of nobody's; the file that the configuration names is not there.
const gitHubKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }).toString();

function load(...names: readonly string[]): LoadedConfig {
  return loadConfig({
    configFiles: names.map((name) => `${folder}/${name}`),
    registrationFile: `${folder}/registration.yml`,
    env: {},
    readFile: (path) => (path === "github-key.pem" ? gitHubKey : readFileSync(path, "utf8")),
    services: serviceSections(),
    otherServices,
  });
}

/** The keys that warnings are about, in order. */
function warnedKeys({ warnings }: LoadedConfig): readonly string[] {
  return warnings.map((warning) => warning.slice(folder.length + 1).split(": ")[1] ?? "");
}

describe("a matrix-hookshot 7 configuration with every section filled", () => {
  it("loads and means the same", () => {
    const { config } = load("config.yml");

    expect(config.bridge).toEqual({
      domain: "example.com",
      url: "http://localhost:8008",
      mediaUrl: "https://example.com",
      port: 9993,
      bindAddress: "127.0.0.1",
    });
    expect(config.logging).toEqual({ level: "info", colorize: true, json: false, timestampFormat: "HH:mm:ss:SSS" });
    expect(config.listeners).toEqual([
      { port: 9000, bindAddress: "0.0.0.0", prefix: "", resources: ["webhooks"] },
      { port: 9001, bindAddress: "127.0.0.1", prefix: "", resources: ["metrics"] },
      { port: 9002, bindAddress: "0.0.0.0", prefix: "/hookshot", resources: ["widgets", "provisioning"] },
    ]);
    expect(config.permissions).toHaveLength(4);
    expect(config.permissions[2]?.services.map(({ service }) => service)).toEqual(["generic", "genericOutbound"]);
    expect(config.bot.displayname).toBe("Hookshot Bot");
    expect(config.serviceBots).toHaveLength(1);
    expect(config.metrics).toEqual({ enabled: true });
    expect(config.provisioning?.secret.reveal()).toBe("!secretToken");
    expect(config.messaging).toEqual({ allowUrlPreviews: false });
    expect(config.connections).toHaveLength(1);
    expect(config.services["github"]).toEqual({
      auth: { id: 123, privateKey: new Secret(gitHubKey.trimEnd()) },
      webhook: { secret: new Secret("github-webhook-secret") },
      oauth: { client_id: "foo", client_secret: new Secret("bar"), redirect_uri: "https://example.com/oauth/" },
      defaultOptions: { showIssueRoomLink: false, hotlinkIssues: { prefix: "#" } },
      userIdPrefix: "_github_",
      enterpriseUrl: "https://your-enterprise-address.com",
    });
    expect(config.services["jira"]).toMatchObject({
      webhook: { secret: new Secret("jira-webhook-secret") },
      url: "https://jira.example.com/jira/",
      oauth: { consumerKey: "foo", privateKey: "./jira-key.pem", redirect_uri: "https://example.com/jira/oauth" },
    });
  });

  it("warns once of each part that has no effect, and of nothing else", () => {
    expect(warnedKeys(load("config.yml"))).toEqual([
      "permissions.1.services.1.service",
      "permissions.2.services.0.service",
      ...["cache", "queue", "sentry", "widgets", "goNebMigrator"],
      ...["gitlab", "feeds", "figma", "openProject", "challengeHound"],
      "listeners.2.resources.0",
      "permissions.2.services.1.service",
      "encryption",
      "passFile",
    ]);
  });

  it("loads in several files", () => {
    const { config } = load("config.yml", "more.yml");

    expect(config.metrics).toEqual({ enabled: false });
    expect(config.connections.map(({ stateKey }) => stateKey)).toEqual(["my-unique-webhook-id", "my-second-webhook-id"]);
  });

  it("has a registration that is read as it is", () => {
    const { registration } = load("config.yml");

    expect(registration).toMatchObject({ id: "matrix-hookshot", senderLocalpart: "hookshot", url: "http://localhost:9993" });
    expect(registration.asToken.reveal()).toBe("ANY_RANDOM_AS_TOKEN");
    expect(registration.namespaces.users).toHaveLength(5);
  });
});

describe("keys that older versions of matrix-hookshot wrote", () => {
  it("still mean listeners", () => {
    expect(load("legacy.yml").config.listeners.map(({ port, bindAddress, resources }) => [port, bindAddress, ...resources])).toEqual([
      [9000, "0.0.0.0", "webhooks"],
      [9001, "127.0.0.1", "metrics"],
      [9002, "127.0.0.1", "widgets"],
    ]);
  });

  it("are warned of, and so is that no service is configured", () => {
    expect(warnedKeys(load("legacy.yml"))).toEqual([
      ...["webhook.port", "metrics.port", "widgets.port"],
      "permissions.0.services.0.service",
      ...["queue", "widgets"],
      "listeners.2.resources.0",
      expect.stringContaining("no service is configured"),
    ]);
  });
});
