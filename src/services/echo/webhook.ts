import { PermissionError } from "../../core/errors.js";
import type { Webhook } from "../../core/service.js";
import { createEventReader } from "./events.js";
import type { EchoConfig } from "./schema.js";

const secretHeader = "x-echo-secret";
const deliveryHeader = "x-echo-delivery";

/** `POST /echo/webhook` with the shared secret in a header. A sender that names its deliveries may repeat them without harm. */
export function createEchoWebhook(): Webhook<EchoConfig> {
  const readEvent = createEventReader();
  return {
    paths: ["/echo/webhook"],
    recognises: () => false,
    keptHeaders: [deliveryHeader],
    verify({ headers }, { config }) {
      if (!config.secret.equals(headers[secretHeader] ?? "")) throw new PermissionError("The secret does not match.", "HS_BAD_TOKEN");
    },
    parse({ headers, body }) {
      const delivery = headers[deliveryHeader];
      return { events: [readEvent(body)], ...(delivery === undefined ? {} : { deliveryKey: delivery }) };
    },
  };
}
