import { describe, expect, it } from "vitest";
import { otherServices, serviceSections } from "../../src/app/services.js";
import { loadConfigFiles } from "../../src/config/load.js";
import { readText } from "./source-tree.js";

/** The indented YAML block of README.md that begins with the given key, moved to the left margin. */
function yamlBlock(firstKey: string): string {
  const block = new RegExp(`^( *)\`\`\`yaml\\n( *${firstKey}:[\\s\\S]*?)\\n\\1\`\`\`$`, "m").exec(readText("README.md"));
  const [, indent = "", text = ""] = block ?? [];
  return text
    .split("\n")
    .map((line) => line.slice(indent.length))
    .join("\n");
}

describe("the configuration shown in README.md", () => {
  it("loads, with its secrets in files, and gives no warning", () => {
    const files: Readonly<Record<string, string>> = {
      "config.yml": yamlBlock("bridge"),
      "./jira-webhook-secret": "webhook secret\n",
      "./jira-token": "access token\n",
    };
    const readFile = (path: string): string => files[path] ?? expect.fail(`${path} was read`);

    const { config, findings } = loadConfigFiles({
      configFiles: ["config.yml"],
      env: {},
      services: serviceSections(),
      otherServices,
      readFile,
    });

    expect(findings.warnings).toEqual([]);
    expect(Object.keys(config.services)).toEqual(["jira"]);
  });
});
