import { errorCodes } from "../core/errors.js";
import type { JsonSchema } from "./route.js";

/** The body of a refusal in the default shape (`defaultErrorBody`). Documents name it once and refer to it. */
export const errorSchema: JsonSchema = {
  type: "object",
  description: "Why a request was refused or failed.",
  required: ["errcode", "error"],
  properties: {
    errcode: {
      type: "string",
      enum: Object.keys(errorCodes).filter((code) => code.startsWith("HS_")),
      description: "What programs compare.",
    },
    error: { type: "string", description: "A sentence for people; it may improve from version to version." },
    id: { type: "string", description: "With `HS_UNKNOWN`: finds the failure in the log." },
    validationErrors: {
      type: "array",
      description: "With `HS_BAD_VALUE`, where a configuration does not fit: each thing that is wrong.",
      items: {
        type: "object",
        required: ["message", "path"],
        properties: {
          message: { type: "string" },
          path: { type: "string", description: "Where in the configuration, as a JSON Pointer: `/events/0`. Empty for the whole." },
        },
      },
    },
    existingConnection: {
      type: "object",
      description: "With `HS_CONFLICTING_CONNECTION`: the connection that is in the way, without its secrets.",
    },
    installUrl: { type: "string", description: "With `HS_ADDITIONAL_ACTION_REQUIRED`: where to do what has to be done first." },
  },
};
