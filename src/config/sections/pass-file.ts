import type { SettingSchema } from "../setting-schema.js";

/** Hookshot's key for people's tokens (reference 1.3). */
export const passFile: SettingSchema = {
  type: "string",
  minLength: 1,
  default: "./passkey.pem",
  description:
    "RSA private key (PEM) of a matrix-hookshot installation. Where it is there and `storage.keyFile` is not given, the key that encrypts people's logins is made from it.",
};
