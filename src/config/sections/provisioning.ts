import type { SettingSchema } from "../setting-schema.js";

/** Hookshot's way to let programs set rooms up, removed in its version 7 (reference 4.5). */
export const provisioning: SettingSchema = {
  type: "object",
  description:
    "The provisioning API of matrix-hookshot, by which integration managers and other programs connect rooms. It is served on listeners with the resource `provisioning`. Callers with names and rights of their own are in `api`.",
  properties: {
    secret: {
      type: "string",
      minLength: 1,
      secret: true,
      description:
        "Who sends it as `Authorization: Bearer <secret>` may call this API in everybody's name. Long and random; make one with `openssl rand -hex 32`.",
    },
    port: {
      type: "integer",
      minimum: 0,
      maximum: 65535,
      description: "A port for this API alone: the same as a listener with the resource `provisioning`.",
      examples: [9002],
    },
    bindAddress: {
      type: "string",
      minLength: 1,
      description: "The address of that port; `127.0.0.1` unless given.",
      examples: ["127.0.0.1"],
    },
  },
};
