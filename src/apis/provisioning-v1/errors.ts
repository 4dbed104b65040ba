import { defaultErrorBody } from "../../http/failure.js";
import type { ErrorBody, Route } from "../../http/route.js";

/** What the configuration switches off is the caller's mistake here: nothing of ours failed (reference 4.5). */
export const provisioningErrorBody: ErrorBody = (failure) =>
  defaultErrorBody(failure.code === "HS_DISABLED_FEATURE" ? { ...failure, status: 400 } : failure);

/** Every 401 has to name a way in (RFC 9110, 11.6.1). */
export const refuseStranger: NonNullable<Route["refuse"]> = ({ code, message }) =>
  code === "HS_BAD_TOKEN" ? { status: 401, headers: { "www-authenticate": "Bearer" }, body: { errcode: code, error: message } } : undefined;
