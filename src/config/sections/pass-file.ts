import type { SettingSchema } from "../setting-schema.js";

/** Hookshot's key for people's tokens (reference 1.3). */
export const passFile: SettingSchema = {
  type: "string",
  minLength: 1,
  default: "./passkey.pem",
  description:
    "RSA private key (PEM) under which people's tokens are encrypted. Nothing that this version stores needs it; keep it for later.",
};
