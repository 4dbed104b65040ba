import type { SettingSchema } from "../setting-schema.js";

/** What is done for matrix-hookshot's sake alone. Ours. */
export const compatibility: SettingSchema = {
  type: "object",
  description: "What Switchboard does only so that one can go back to matrix-hookshot.",
  default: {},
  properties: {
    writeTokens: {
      type: "boolean",
      default: false,
      description:
        "Whether people's new logins are also kept in matrix-hookshot's form: in the bot's account data at the homeserver, encrypted to `passFile`. Without it, going back means that everybody who logged in here logs in again there. With it, whoever has `passFile` and the homeserver's database can read these logins, and a login that is renewed here may end there, or the other way round: never let both run.",
    },
  },
};
