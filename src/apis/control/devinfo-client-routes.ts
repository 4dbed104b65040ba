import type { AppToInstall, ConnectAppDesk } from "../../callers/connect-app-desk.js";
import type { DevinfoClientDesk, NewDevinfoClient } from "../../callers/devinfo-client-desk.js";
import { ValidationError } from "../../core/errors.js";
import { parseJson } from "../../http/json.js";
import type { Request, Route } from "../../http/route.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { connectAppWantedSchema, devinfoClientWantedSchema } from "./devinfo-client-schema.js";

const bodyLimits = { maxBodyBytes: 65_536, accepts: ["application/json"] } as const;

/** What `switchboard devinfo-client …` asks the running server. Who can open the socket is the administrator; there is no other check. */
export function createDevinfoClientRoutes(clients: DevinfoClientDesk): readonly Route[] {
  const readWanted = createBodyReader<NewDevinfoClient>(devinfoClientWantedSchema);
  const path = "/v1/devinfo-clients";
  return [
    { method: "GET", path, handle: async () => ({ status: 200, body: { clients: await clients.list() } }) },
    {
      ...{ method: "POST", path, ...bodyLimits },
      handle: async (request) => ({ status: 200, body: await clients.create(readWanted(request)) }),
    },
    {
      method: "POST",
      path: `${path}/:client/rotate`,
      handle: async ({ params }) => ({ status: 200, body: await clients.rotate(params["client"] ?? "") }),
    },
    {
      method: "POST",
      path: `${path}/:client/revoke`,
      handle: async ({ params }) => ({ status: 200, body: await clients.revoke(params["client"] ?? "") }),
    },
  ];
}

/** What `switchboard connect-app …` asks the running server. */
export function createConnectAppRoutes(apps: ConnectAppDesk): readonly Route[] {
  const readWanted = createBodyReader<AppToInstall>(connectAppWantedSchema);
  const path = "/v1/connect-apps";
  return [
    { method: "GET", path, handle: async () => ({ status: 200, body: { apps: await apps.list() } }) },
    {
      ...{ method: "POST", path, ...bodyLimits },
      handle: async (request) => ({ status: 200, body: await apps.install(readWanted(request)) }),
    },
    {
      method: "POST",
      path: `${path}/:key/remove`,
      handle: async ({ params }) => ({ status: 200, body: await apps.remove(params["key"] ?? "") }),
    },
  ];
}

function createBodyReader<Body>(schema: object): (request: Request) => Body {
  const validate = compileSchema<Body>(schema);
  return ({ body }) => {
    const checked = validate(parseJson(body));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    return checked.value;
  };
}
