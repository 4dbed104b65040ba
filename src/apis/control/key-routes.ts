import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { KeyRotation } from "../../core/ports/key-rotation.js";
import { parseJson } from "../../http/json.js";
import type { Request, Route } from "../../http/route.js";
import { sleep, type Clock } from "../../shared/clock.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { newKeySchema, type NewKey } from "./schema.js";

const maxBodyBytes = 65_536;
/** Whoever follows a change is answered this often, and at its end. */
const longestWaitMs = 500;

/** What `switchboard rotate-key` asks the running server. Who can open the socket is the administrator; there is no other check. */
export function createKeyRoutes(keyRotation: KeyRotation, clock: Clock): readonly Route[] {
  const readNewKey = createBodyReader();
  return [
    {
      method: "POST",
      path: "/v1/key-rotation",
      maxBodyBytes,
      accepts: ["application/json"],
      handle: async (request) => ({ status: 200, body: keyRotation.begin(readNewKey(request).file) }),
    },
    {
      method: "GET",
      path: "/v1/key-rotation",
      async handle() {
        await Promise.race([keyRotation.ended(), sleep(clock, longestWaitMs)]);
        return { status: 200, body: statusOf(keyRotation) };
      },
    },
  ];
}

function statusOf(keyRotation: KeyRotation): object {
  const status = keyRotation.status();
  if (status === undefined) throw new NotFoundError("No change of keys was begun since Switchboard started.");
  return status;
}

function createBodyReader(): (request: Request) => NewKey {
  const validate = compileSchema<NewKey>(newKeySchema);
  return ({ body }) => {
    const checked = validate(parseJson(body));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    return checked.value;
  };
}
