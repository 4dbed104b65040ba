import { isRoomId, isUserId } from "../core/ids.js";

/** Formats of parameters that are ids of Matrix; a format says what no pattern can, the length in bytes. */
export const matrixFormats = { "matrix-user-id": isUserId, "matrix-room-id": isRoomId };

/** The patterns keep control characters out, which no id has: databases of homeservers fail on them. */
export const userIdSchema = {
  type: "string",
  format: "matrix-user-id",
  pattern: "^@[^:\\x00-\\x1f\\x7f]*:[^\\x00-\\x1f\\x7f]+$",
  description: "A whole Matrix user id, of up to 255 bytes.",
  examples: ["@alice:example.org"],
  mistake: "Invalid userId",
} as const;

export const roomIdSchema = {
  type: "string",
  format: "matrix-room-id",
  pattern: "^![^\\x00-\\x1f\\x7f]+$",
  description: "A Matrix room id, with or without a server name, of up to 255 bytes. It may stand in the path escaped or not.",
  examples: ["!room:example.org"],
  mistake: "Invalid roomId",
} as const;
