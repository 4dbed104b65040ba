import type { DevinfoForwards } from "../../devinfo/forwards.js";
import type { Route } from "../../http/route.js";

export type ForwardDesk = Pick<DevinfoForwards, "list" | "replay" | "discard">;

/** What `switchboard devinfo forwards …` asks the running server. Who can open the socket is the administrator; there is no other check. */
export function createDevinfoForwardRoutes(forwards: ForwardDesk): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v1/devinfo/forwards",
      handle: async () => ({ status: 200, body: await forwards.list() }),
    },
    {
      method: "POST",
      path: "/v1/devinfo/forwards/:id/replay",
      handle: async ({ params }) => ({ status: 200, body: { count: await forwards.replay(params["id"] ?? "") } }),
    },
    {
      method: "POST",
      path: "/v1/devinfo/forwards/:id/discard",
      handle: async ({ params }) => ({ status: 200, body: { count: await forwards.discard(params["id"] ?? "") } }),
    },
  ];
}
