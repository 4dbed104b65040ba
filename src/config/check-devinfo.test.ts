import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { Secret } from "../shared/secret.js";
import type { Config } from "./config.js";
import { loadConfigFiles } from "./load.js";
import type { ServiceSection } from "./schema.js";

const tracker: ServiceSection = { configKey: "tracker", permissionName: "tracker", title: "Tracker", schema: {}, devinfoName: "tracker" };
const host: ServiceSection = { configKey: "host", permissionName: "host", title: "Host", schema: {}, devinfoName: "host" };
const mute: ServiceSection = { configKey: "mute", permissionName: "mute", title: "Mute", schema: {} };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-devinfo-config-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(devinfo: string, { resources = "webhooks, devinfo", env = {}, services = [tracker, host, mute] } = {}) {
  const file = join(folder, "config.yml");
  writeFileSync(
    file,
    [
      "bridge: {domain: example.org, url: http://localhost:8008, port: 9993}",
      `listeners: [{port: 9000, resources: [${resources}]}]`,
      "permissions: [{actor: example.org, services: [{level: admin}]}]",
      "tracker: {}",
      devinfo === "" ? "" : `devinfo:\n${devinfo}`,
    ].join("\n"),
  );
  const { config, findings } = loadConfigFiles({ configFiles: [file], env, services, otherServices: [] });
  return { config, warnings: findings.warnings.map((warning) => warning.replace(`${file}: `, "")) };
}

function mistakes(devinfo: string, options: Parameters<typeof load>[1] = {}): readonly string[] {
  try {
    load(devinfo, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    // Just looked at.
    return (error as ConfigError).message
      .split("\n")
      .filter((line) => !line.startsWith("Warning: "))
      .map((line) => line.replace(/^.*config\.yml: /, ""));
  }
  return [];
}

const client = "{clientId: ci, clientSecret: hush}";

describe("the section devinfo", () => {
  it("is read whole", () => {
    writeFileSync(join(folder, "secret"), "from-file\n");
    const { config, warnings } = load(`
  clients:
    - {clientId: ci, clientSecret: hush, scopes: [WRITE, DELETE], provider: builds, instance: main}
    - {clientId: other, clientSecretFile: ${join(folder, "secret")}}
  connectApps:
    - {key: com.example.app, sharedSecret: shared, provider: builds, instance: main}
  knownKeys: all
  maxBodyBytes: 1048576
  fromWebhooks: [tracker]
  smartCommits: {comment: true, time: true, transition: true}
  submissions: {keepDays: 3}
  rateLimit: {perMinute: 600}
  forward:
    - {from: [builds, git-integrations, webhooks-tracker], url: https://x.example.net/, clientId: c, clientSecret: s, apiUrl: "http://127.0.0.1:1/"}
`);

    expect(warnings).toEqual([]);
    expect(config.devinfo).toEqual({
      clients: [
        { clientId: "ci", clientSecret: new Secret("hush"), scopes: ["WRITE", "DELETE"], provider: "builds", instance: "main" },
        { clientId: "other", clientSecret: new Secret("from-file"), scopes: ["WRITE"] },
      ],
      connectApps: [
        { key: "com.example.app", sharedSecret: new Secret("shared"), scopes: ["WRITE"], provider: "builds", instance: "main" },
      ],
      knownKeys: "all",
      maxBodyBytes: 1_048_576,
      fromWebhooks: ["tracker"],
      smartCommits: { comment: true, time: true, transition: true },
      submissions: { keepDays: 3 },
      rateLimit: { perMinute: 600 },
      forward: [
        {
          ...{ from: ["builds", "git-integrations", "webhooks-tracker"], url: "https://x.example.net", clientId: "c" },
          ...{ clientSecret: new Secret("s"), apiUrl: "http://127.0.0.1:1" },
        },
      ],
    } satisfies Config["devinfo"]);
    expect(config.devinfo.clients.map(({ clientSecret }) => clientSecret.reveal())).toEqual(["hush", "from-file"]);
    expect(Object.isFrozen(config.devinfo.forward[0])).toBe(true);
  });

  it("takes secrets from the environment", () => {
    const env = { SWITCHBOARD_DEVINFO_CLIENTS_0_CLIENT_SECRET: "from-environment" };

    expect(load("  clients: [{clientId: ci}]", { env }).config.devinfo.clients[0]?.clientSecret.reveal()).toBe("from-environment");
  });

  it.each([
    {
      title: "a client without a secret",
      text: "  clients: [{clientId: ci}]",
      says: ["devinfo.clients.0.clientSecret: is missing; give it here, as a file in clientSecretFile"],
    },
    {
      title: "two clients with one id",
      text: `  clients: [${client}, ${client}]`,
      says: ["devinfo.clients.1.clientId: ci is that of devinfo.clients.0 already."],
    },
    {
      title: "two apps with one key",
      text: "  connectApps: [{key: a, sharedSecret: s}, {key: b, sharedSecret: s}, {key: a, sharedSecret: t}]",
      says: ["devinfo.connectApps.2.key: a is that of devinfo.connectApps.0 already."],
    },
    {
      title: "a scope that is none",
      text: "  clients: [{clientId: ci, clientSecret: s, scopes: [ADMIN]}]",
      says: ["devinfo.clients.0.scopes.0: must be one of READ, WRITE, DELETE."],
    },
    {
      title: "an id that names no provider",
      text: "  clients: [{clientId: a b, clientSecret: s}]",
      says: ["devinfo.clients.0.clientId: names the provider too, for which it does not fit"],
    },
    {
      title: "a reserved id",
      text: "  clients: [{clientId: git-integrations, clientSecret: s}]",
      says: ["devinfo.clients.0.clientId: names the provider too"],
    },
    {
      title: "a reserved provider",
      text: "  connectApps: [{key: a, sharedSecret: s, provider: webhooks-x}]",
      says: ["devinfo.connectApps.0.provider: is reserved: "],
    },
    {
      title: "a provider that is no name",
      text: "  connectApps: [{key: a, sharedSecret: s, provider: a/b}]",
      says: ["devinfo.connectApps.0.provider: is no name of a provider"],
    },
    {
      title: "callers of one provider at two instances",
      text: "  clients: [{clientId: ci, clientSecret: s, instance: main}]\n  connectApps: [{key: a, sharedSecret: s, provider: ci}, {key: ci, sharedSecret: s, instance: main}]",
      says: ["devinfo.connectApps.0.instance: differs from that of devinfo.clients.0 (main), which has the provider ci too"],
    },
    {
      title: "webhooks of a service that cannot",
      text: "  fromWebhooks: [mute]",
      says: [
        "devinfo.fromWebhooks.0: mute is no service whose webhooks can be stored as development information (those that can: tracker, host).",
      ],
    },
    { title: "a service that is misspelt", text: "  fromWebhooks: [trackr]", says: ['Did you mean "tracker"?'] },
    {
      title: "copies of nothing",
      text: "  forward: [{from: [], url: 'https://x', clientId: c, clientSecret: s}]",
      says: ["devinfo.forward.0.from: names no provider, so nothing is copied."],
    },
    {
      title: "copies to no web address",
      text: "  forward: [{from: [ci], url: 'ftp://x', clientId: c, clientSecret: s}]",
      says: ["devinfo.forward.0.url: must be a URL that begins with http:// or https://."],
    },
    { title: "a rate of none", text: "  rateLimit: {perMinute: 0}", says: ["devinfo.rateLimit.perMinute: must be at least 1."] },
    { title: "reports for no day", text: "  submissions: {keepDays: 0}", says: ["devinfo.submissions.keepDays: must be at least 1."] },
    {
      title: "bodies larger than all that may be in flight",
      text: "  maxBodyBytes: 134217729",
      says: ["devinfo.maxBodyBytes: must be at most 134217728."],
    },
    { title: "known keys of another word", text: "  knownKeys: some", says: ["devinfo.knownKeys: must be one of connected, all."] },
  ])("is refused for $title", ({ text, says }) => {
    const found = mistakes(text);

    expect(found).toHaveLength(says.length);
    for (const [index, sentence] of says.entries()) expect(found[index]).toContain(sentence);
  });

  it("says so where no service can give anything from webhooks", () => {
    expect(mistakes("  fromWebhooks: [tracker]", { services: [mute] })).toEqual([
      "devinfo.fromWebhooks.0: tracker is no service whose webhooks can be stored as development information (no service can).",
    ]);
  });

  it.each([
    {
      title: "callers without a listener",
      text: `  clients: [${client}]`,
      resources: "webhooks",
      says: "devinfo.clients: is given, but no listener has the resource devinfo.",
    },
    {
      title: "a listener without callers",
      text: "",
      says: "listeners.0.resources: devinfo is served, but nobody can call it: give a client in devinfo.clients or an app in devinfo.connectApps, or make one with switchboard devinfo-client create.",
    },
    {
      title: "a caller without scopes",
      text: "  clients: [{clientId: ci, clientSecret: s, scopes: []}]",
      says: "devinfo.clients.0.scopes: is empty, so it may do nothing.",
    },
    {
      title: "copies of a provider that nobody has",
      text: `  clients: [${client}]\n  forward: [{from: [ci2], url: 'https://x', clientId: c, clientSecret: s}]`,
      says: 'devinfo.forward.0.from.0: ci2 is the provider of nobody in this configuration; it has to be that of a client or an app made by command. Did you mean "ci"?',
    },
    {
      title: "webhooks of a service without a section",
      text: `  clients: [${client}]\n  fromWebhooks: [host]`,
      says: "devinfo.fromWebhooks.0: host has no section in this configuration, so none of its webhooks come.",
    },
  ])("warns of $title", ({ text, resources, says }) => {
    expect(load(text, resources === undefined ? {} : { resources }).warnings).toEqual([says]);
  });

  it("does not warn of a listener that a token may read", () => {
    expect(load("  {}\napi: {tokens: [{name: a, token: t, scopes: [devinfo]}]}").warnings).toEqual([]);
  });
});
