import type { SettingSchema } from "../setting-schema.js";

/** The name and picture of the main bot (reference 1.3). */
export const bot: SettingSchema = {
  type: "object",
  description: "The profile of the main bot, the user that the registration's `sender_localpart` names.",
  properties: {
    displayname: { type: "string", description: "Its name in rooms.", examples: ["Switchboard"] },
    avatar: {
      type: "string",
      description: "An `mxc://` address or an image file. Without it, an avatar that the bot has is removed at start.",
      examples: ["./avatar.png"],
    },
  },
};
