import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { commentedYaml } from "./commented-yaml.js";
import type { SettingSchema } from "./setting-schema.js";

const schema: SettingSchema = {
  type: "object",
  properties: {
    bridge: {
      type: "object",
      description: "How they reach each other.",
      properties: { domain: { type: "string", description: "The `name`." }, url: { type: "string" } },
    },
    remotes: {
      type: "object",
      additionalProperties: { type: "object", description: "One remote.", properties: { url: { type: "string", description: "Where." } } },
    },
    listeners: { type: "array", description: `A long one: ${"word ".repeat(40).trim()}.` },
  },
};

describe("YAML with comments", () => {
  it("has the schema's descriptions above the keys, also above names that somebody chose", () => {
    const text = commentedYaml(schema, {
      bridge: { domain: "example.org", url: "http://localhost:8008" },
      remotes: { main: { url: "https://example.org" } },
    });

    expect(text).toBe(`# How they reach each other.
bridge:
  # The name.
  domain: example.org
  url: http://localhost:8008

remotes:
  # One remote.
  main:
    # Where.
    url: https://example.org
`);
  });

  it("breaks long descriptions into lines of 120", () => {
    const lines = commentedYaml(schema, { listeners: [] }).split("\n");

    expect(lines.filter((line) => line.startsWith("#"))).toHaveLength(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each(["yes", "1234", "a: b", "# no comment", "'\"", "a\nb", "*", "{}", " x ", "@alice:example.org", "ä 🎉", "null", "\u0007"])(
    "reads back as what was written: %j",
    (value) => {
      expect(load(commentedYaml(schema, { bridge: { domain: value } }))).toEqual({ bridge: { domain: value } });
    },
  );
});
