import { describe, expect, it } from "vitest";
import type { Service } from "../core/service.js";
import { reservedNames } from "./reserved-names.js";

function serviceOf(configKey: string, permissionName: string, more: Partial<Service<unknown>> = {}): Service<unknown> {
  return { id: permissionName, title: permissionName, configKey, permissionName, configSchema: {}, kinds: [], ...more };
}

const withPrefix = { configSchema: { properties: { userIdPrefix: { type: "string", default: "_hooks_" } } } };
const aliases = { aliases: { prefix: "code_", owns: () => false, create: async () => false } };
const withExample = { configSchema: { properties: { userIdPrefix: { type: "string", examples: ["_mail_"] } } } };
const services = [
  serviceOf("code", "code", aliases),
  serviceOf("hooks", "hooksOutbound"),
  serviceOf("hooks", "hooks", withPrefix),
  serviceOf("chat", "chat", { aliases: { owns: () => false, create: async () => false } }),
  serviceOf("mail", "mail", withExample),
];

describe("names that a registration reserves", () => {
  it("are those of all services where there is no configuration", () => {
    const all = ["_code_", "_hooks_", "_chat_", "_mail_"];

    expect(reservedNames(undefined, services)).toEqual({ ghostPrefixes: all, aliasPrefixes: ["code_"] });
  });

  it("are those of the sections that are there, with the prefix that they say", () => {
    const config = { services: { hooks: { userIdPrefix: "in." }, chat: {} } };

    expect(reservedNames(config, services)).toEqual({ ghostPrefixes: ["in.", "_chat_"], aliasPrefixes: [] });
  });

  it.each([{}, { userIdPrefix: "" }])("are none where a section could say a prefix and says %j: every user would be ours", (mail) => {
    expect(reservedNames({ services: { mail } }, services).ghostPrefixes).toEqual([]);
  });

  it("are none twice", () => {
    const config = { services: { hooks: { userIdPrefix: "_code_" }, code: {} } };

    expect(reservedNames(config, services).ghostPrefixes).toEqual(["_code_"]);
  });
});
