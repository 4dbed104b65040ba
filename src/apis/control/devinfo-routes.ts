import { ValidationError } from "../../core/errors.js";
import type { DevinfoDesk } from "../../devinfo/devinfo-desk.js";
import { parseJson } from "../../http/json.js";
import type { Request, Route } from "../../http/route.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import {
  namedProviderSchema,
  providerRenameSchema,
  submissionQuerySchema,
  type NamedProvider,
  type ProviderList,
  type ProviderRename,
  type SubmissionList,
} from "./devinfo-schema.js";

const maxBodyBytes = 65_536;

/**
 * What `switchboard devinfo …` asks the running server. Who can open the socket is the administrator; there is no other check. Names of
 * providers never stand in paths, where `..` leads elsewhere.
 */
export function createDevinfoRoutes(desk: DevinfoDesk): readonly Route[] {
  const readQuery = createQueryReader();
  const readRename = createBodyReader<ProviderRename>(providerRenameSchema);
  const readNamed = createBodyReader<NamedProvider>(namedProviderSchema);
  const withBody = { method: "POST", maxBodyBytes, accepts: ["application/json"] } as const;
  return [
    {
      method: "GET",
      path: "/v1/devinfo/submissions",
      handle: async ({ query }) => ({
        status: 200,
        body: { submissions: await desk.submissions(readQuery(query)) } satisfies SubmissionList,
      }),
    },
    {
      method: "GET",
      path: "/v1/devinfo/submissions/:id",
      handle: async ({ params }) => ({ status: 200, body: await desk.submission(params["id"] ?? "") }),
    },
    {
      method: "GET",
      path: "/v1/devinfo/providers",
      handle: async () => ({ status: 200, body: { providers: await desk.providers() } satisfies ProviderList }),
    },
    {
      ...withBody,
      path: "/v1/devinfo/providers/rename",
      async handle(request) {
        const { provider, name } = readRename(request);
        await desk.renameProvider(provider, name);
        return { status: 200, body: { provider: name } satisfies NamedProvider };
      },
    },
    {
      ...withBody,
      path: "/v1/devinfo/providers/delete",
      async handle(request) {
        const { provider } = readNamed(request);
        await desk.deleteProvider(provider);
        return { status: 200, body: { provider } satisfies NamedProvider };
      },
    },
  ];
}

type SubmissionQuery = Parameters<DevinfoDesk["submissions"]>[0];

function createQueryReader(): (query: URLSearchParams) => SubmissionQuery {
  const validate = compileSchema<SubmissionQuery>(submissionQuerySchema, { coerceTypes: true });
  return (query) => {
    const checked = validate(Object.fromEntries(query));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    return checked.value;
  };
}

function createBodyReader<T>(schema: object): (request: Request) => T {
  const validate = compileSchema<T>(schema);
  return ({ body }) => {
    const checked = validate(parseJson(body));
    if (!checked.ok) throw new ValidationError(describeProblems(checked.problems));
    return checked.value;
  };
}
