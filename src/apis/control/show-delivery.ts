import { isUtf8 } from "node:buffer";
import type { DeliveryDetail } from "../../core/ports/delivery-desk.js";
import type { ShownDelivery, ShownRequest } from "./schema.js";

/** A delivery as JSON can carry it. */
export function showDelivery({ request, ...rest }: DeliveryDetail): ShownDelivery {
  return request === undefined ? rest : { ...rest, request: showRequest(request) };
}

function showRequest({ headers, body }: NonNullable<DeliveryDetail["request"]>): ShownRequest {
  const encoding = isUtf8(body) ? "utf8" : "base64";
  return { headers, body: body.toString(encoding), encoding };
}
