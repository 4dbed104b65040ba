import { basicCredentials, json, type StandInAnswer, type StandInApi } from "./remote-stand-in.js";

export interface StandInAzureDevOps {
  /** Below which its collection (or organization) is, such as `/tfs`. */
  readonly path?: string;
  readonly collection?: string;
  /** As in `Authorization`; a personal access token may come with any user name, or none. */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** As "Repositories - List" gives them; they are in the collection alone. */
  readonly repositories?: readonly object[];
  /** What a token gets that is none of its own. */
  readonly stranger: "401" | "sign in" | "sign in elsewhere" | "anybody";
}

/** NOT AZURE DEVOPS: connection data, repositories, and what its cloud and its servers do with credentials that they do not know. */
export function azureDevOpsApi(options: StandInAzureDevOps): StandInApi {
  const { path: virtualDirectory = "", collection = "DefaultCollection", token, username, password, repositories = [], stranger } = options;
  const list = `${virtualDirectory}/${collection}/_apis/git/repositories`;
  const places = [list, `${virtualDirectory}/_apis/connectionData`, `${virtualDirectory}/${collection}/_apis/connectionData`];
  return ({ path, headers }) => {
    if (!places.includes(path)) return json({ message: "The resource cannot be found.", typeKey: "HostNotFoundException" }, 404);
    const [name = "", secret = ""] = splitOnce(basicCredentials(headers) ?? "");
    const isKnown = (token !== undefined && secret === token) || (name === username && secret === password);
    if (!isKnown) return strangerAnswers[stranger];
    if (path === list) return json({ count: repositories.length, value: repositories });
    return json({
      authenticatedUser: {
        id: "11111111-2222-3333-4444-555555555555",
        descriptor: "Microsoft.IdentityModel.Claims.ClaimsIdentity;ada@example.org",
        providerDisplayName: "Ada Example",
        isActive: true,
        properties: { Account: { $type: "System.String", $value: "ada@example.org" } },
      },
      instanceId: "66666666-7777-8888-9999-000000000000",
      deploymentType: "onPremises",
    });
  };
}

function splitOnce(pair: string): readonly string[] {
  const colon = pair.indexOf(":");
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

const publicAccess = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

const strangerAnswers: Readonly<Record<StandInAzureDevOps["stranger"], StandInAnswer>> = {
  "401": { status: 401, headers: { "www-authenticate": "Basic", "content-type": "text/html" }, body: "<html>hush</html>" },
  "sign in": { status: 203, headers: { "content-type": "text/html" }, body: "<html>Azure DevOps Services | Sign In</html>" },
  "sign in elsewhere": { status: 302, headers: { location: "https://spsprodweu1.vssps.visualstudio.com/_signin?hush" } },
  anybody: json({
    authenticatedUser: {
      id: publicAccess,
      descriptor: `System:PublicAccess;${publicAccess}`,
      providerDisplayName: "Anonymous",
      properties: {},
    },
  }),
};
