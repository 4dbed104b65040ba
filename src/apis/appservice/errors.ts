import type { ErrorCode } from "../../core/errors.js";
import type { ErrorBody } from "../../http/route.js";

/** Our codes in the words of the Matrix spec (client-server API, "Standard error response"). */
const matrixCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  HS_NOTFOUND: "M_UNRECOGNIZED",
  HS_METHOD_NOT_ALLOWED: "M_UNRECOGNIZED",
  HS_BAD_TOKEN: "M_UNAUTHORIZED",
  HS_BAD_VALUE: "M_BAD_JSON",
  HS_TOO_LARGE: "M_TOO_LARGE",
};

/** For the whole appservice port: an unknown route there is one that the homeserver knows and we do not. */
export const matrixErrorBody: ErrorBody = ({ status, code, message, id }) => ({
  status,
  body: { errcode: matrixCodes[code] ?? "M_UNKNOWN", error: message, ...(id === undefined ? {} : { id }) },
});
