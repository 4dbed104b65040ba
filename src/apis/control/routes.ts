import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { DeliveryId, RoomId } from "../../core/ids.js";
import type { DeliveryDesk, DeliveryQuery } from "../../core/ports/delivery-desk.js";
import type { Answer, Request, Route } from "../../http/route.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { listQuerySchema } from "./schema.js";
import { showDelivery } from "./show-delivery.js";

type ListQuery = Omit<DeliveryQuery, "roomId"> & { readonly room?: RoomId };

/** What `switchboard deliveries …` asks the running server. Who can open the socket is the administrator; there is no other check. */
export function createControlRoutes(desk: DeliveryDesk): readonly Route[] {
  const readQuery = createQueryReader();
  return [
    {
      method: "GET",
      path: "/v1/deliveries",
      handle: async ({ query }) => ({ status: 200, body: await desk.list(readQuery(query)) }),
    },
    {
      method: "GET",
      path: "/v1/deliveries/:id",
      handle: async (request) => found(request, await desk.show(idOf(request)), showDelivery),
    },
    {
      method: "POST",
      path: "/v1/deliveries/:id/replay",
      handle: async (request) => found(request, await desk.replay(idOf(request))),
    },
    {
      method: "POST",
      path: "/v1/deliveries/:id/discard",
      handle: async (request) => found(request, await desk.discard(idOf(request))),
    },
  ];
}

function createQueryReader(): (query: URLSearchParams) => DeliveryQuery {
  const validate = compileSchema<ListQuery>(listQuerySchema, { coerceTypes: true });
  return (query) => {
    const checked = validate(Object.fromEntries(query));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    const { room, ...rest } = checked.value;
    return { ...rest, ...(room === undefined ? {} : { roomId: room }) };
  };
}

function idOf({ params }: Request): DeliveryId {
  // Ids of deliveries have no form that could be checked; one that does not exist is not found.
  return (params["id"] ?? "") as DeliveryId;
}

function found<Value extends object>(
  request: Request,
  value: Value | undefined,
  toBody: (value: Value) => object = (same) => same,
): Answer {
  if (value === undefined) throw new NotFoundError(`There is no delivery ${request.params["id"] ?? ""}.`);
  return { status: 200, body: toBody(value) };
}
