import type { Route } from "../../http/route.js";
import { devinfoErrorBody } from "./errors.js";
import { devinfoTag, statusSchema, tenantSchema } from "./schema.js";

/** What tools ask of a site before they know who they are: what it is called, and whether it is up. For everybody. */
export function createSiteRoutes(cloudId: string): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/_edge/tenant_info",
      errorBody: devinfoErrorBody,
      doc: {
        tag: devinfoTag.name,
        summary: "Tells the cloud id, which stands in the paths of the API gateway.",
        answers: { 200: { description: "The cloud id.", schema: tenantSchema } },
      },
      handle: () => ({ status: 200, body: { cloudId } }),
    },
    {
      method: "GET",
      path: "/status",
      errorBody: devinfoErrorBody,
      doc: {
        tag: devinfoTag.name,
        summary: "Tells that the API is served.",
        answers: { 200: { description: "It is.", schema: statusSchema } },
      },
      handle: () => ({ status: 200, body: { state: "RUNNING" } }),
    },
  ];
}
