import type { SettingSchema } from "../setting-schema.js";

/** End-to-bridge encryption (reference 11); here it only says that encrypted rooms must not get plain text. */
export const encryption: SettingSchema = {
  type: "object",
  deprecated: true,
  description:
    "Encryption is not built yet. With this section encrypted rooms get nothing: what is for them waits, rather than be sent in plain.",
  properties: { storagePath: { type: "string", description: "Has no effect yet." } },
};
