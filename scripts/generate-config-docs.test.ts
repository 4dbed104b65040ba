import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otherServices, serviceSections } from "../src/app/services.js";
import { loadConfig } from "../src/config/load.js";
import { readYamlFile } from "../src/config/read-yaml.js";
import { compileSchema } from "../src/shared/validate.js";
import { configDocuments } from "./generate-config-docs.js";
import { readCommitted } from "./generated-documents.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-docs-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function documentAt(path: string): string {
  return configDocuments().find((document) => document.path === path)?.content ?? "";
}

function warningsOf(configFiles: readonly string[], registrationFile: string): readonly string[] {
  return loadConfig({ configFiles, registrationFile, env: {}, services: serviceSections(), otherServices }).warnings;
}

describe("documents made from the configuration's schema", () => {
  it.each(configDocuments())("$path is what the code says", ({ path, content }) => {
    expect(readCommitted(path)).toBe(content);
  });

  it("the samples load, and warn only that no service is switched on", () => {
    expect(warningsOf(["config.sample.yml"], "registration.sample.yml")).toEqual([expect.stringContaining("no service is configured")]);
  });

  it("the sample shows every section and the default of every key", () => {
    const sample = documentAt("config.sample.yml");

    for (const key of ["bridge", "listeners", "permissions", "jira", "storage", "logging", "metrics", "bot", "serviceBots", "messaging"]) {
      expect(sample).toMatch(new RegExp(`^#?${key}:`, "m"));
    }
    expect(sample).toContain("#  path: ./data");
    expect(sample).toContain("#    count: 100000");
  });

  it("an editor's schema takes the sample, and a secret as a file", () => {
    const check = compileSchema(JSON.parse(documentAt("docs/config.schema.json")) as object, { meta: true, validateSchema: true });
    const sample = structuredClone(readYamlFile("config.sample.yml", () => documentAt("config.sample.yml")));

    expect(check(sample)).toMatchObject({ ok: true });
    expect(check({ ...sample, jira: { webhook: { secretFile: "./secret" } } })).toMatchObject({ ok: true });
    expect(check({ ...sample, jira: { webhook: {}, webhok: {} } })).toMatchObject({ ok: false });
  });

  it("the reference names every secret's variable and every key without effect", () => {
    const reference = documentAt("docs/config.md");

    expect(reference).toContain("`SWITCHBOARD_JIRA_WEBHOOK_SECRET`");
    expect(reference).toContain("`SWITCHBOARD_JIRA_INSTANCES_<name>_CREDENTIAL_TOKEN`");
    for (const key of ["cache", "queue", "sentry", "widgets", "gitlab"]) expect(reference).toContain(`| \`${key}\` |`);
  });
});

describe("the examples", () => {
  it.each([
    { title: "Jira Cloud", files: ["examples/jira-cloud.yml"], registration: "registration.sample.yml" },
    {
      title: "secrets apart",
      files: ["examples/secrets-apart/config.yml", "examples/secrets-apart/secrets.yml"],
      registration: "examples/secrets-apart/registration.yml",
    },
  ])("$title loads without a warning", ({ files, registration }) => {
    expect(warningsOf(files, registration)).toEqual([]);
  });
});

describe("switching a section of the sample on", () => {
  it.each(["jira", "storage", "logging", "bot", "messaging", "passFile"])("%s loads when one # is taken from each of its lines", (key) => {
    const sample = documentAt("config.sample.yml");
    const section = new RegExp(`^#${key}:.*\\n(?:#.*\\n?)*`, "m").exec(sample)?.[0] ?? "";
    const path = join(folder, "config.yml");
    writeFileSync(
      path,
      sample.replace(section, () => section.replaceAll(/^#/gm, "")),
    );

    const warnings = warningsOf([path], "registration.sample.yml");

    expect(section).not.toBe("");
    expect(warnings.filter((warning) => !warning.includes("no service is configured") && !warning.includes("passFile"))).toEqual([]);
  });
});
