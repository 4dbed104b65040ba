import type { NewToken, TokenDesk } from "../../callers/token-desk.js";
import { ValidationError } from "../../core/errors.js";
import { parseJson } from "../../http/json.js";
import type { Request, Route } from "../../http/route.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { tokenWantedSchema } from "./schema.js";

const maxBodyBytes = 65_536;

/** What `switchboard token …` asks the running server. Who can open the socket is the administrator; there is no other check. */
export function createTokenRoutes(tokens: TokenDesk): readonly Route[] {
  const readWanted = createBodyReader();
  return [
    {
      method: "GET",
      path: "/v1/tokens",
      handle: async () => ({ status: 200, body: { tokens: await tokens.list() } }),
    },
    {
      method: "POST",
      path: "/v1/tokens",
      maxBodyBytes,
      accepts: ["application/json"],
      handle: async (request) => ({ status: 200, body: await tokens.create(readWanted(request)) }),
    },
    {
      method: "POST",
      path: "/v1/tokens/:token/revoke",
      handle: async ({ params }) => ({ status: 200, body: await tokens.revoke(params["token"] ?? "") }),
    },
  ];
}

function createBodyReader(): (request: Request) => NewToken {
  const validate = compileSchema<NewToken>(tokenWantedSchema);
  return ({ body }) => {
    const checked = validate(parseJson(body));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    return checked.value;
  };
}
