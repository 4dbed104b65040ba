import type { SettingSchema } from "../setting-schema.js";

/** Of all messages (reference 1.3). */
export const messaging: SettingSchema = {
  type: "object",
  description: "What holds for all messages in rooms.",
  default: {},
  properties: {
    allowUrlPreviews: {
      type: "boolean",
      default: true,
      description: "Whether clients may show previews of links (MSC4095). A connection's `showUrlPreviews` goes first.",
    },
  },
};
