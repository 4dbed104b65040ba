import { basicCredentials, json, type StandInApi } from "./remote-stand-in.js";

export interface StandInRally {
  readonly username: string;
  readonly password?: string;
  readonly apiKey?: string;
}

/** NOT RALLY: the current user of the web services API 2.0. */
export function rallyApi({ username, password, apiKey }: StandInRally): StandInApi {
  return ({ method, path, headers, query }) => {
    if (method !== "GET" || path !== "/slm/webservice/v2.0/user") return { status: 404, body: "<html>hush</html>" };
    const isKey = apiKey !== undefined && headers["zsessionid"] === apiKey;
    const isPassword = password !== undefined && basicCredentials(headers) === `${username}:${password}`;
    if (!isKey && !isPassword) return { status: 401, headers: { "content-type": "text/html" }, body: "<html>hush</html>" };
    const _ref = "https://rally1.rallydev.com/slm/webservice/v2.0/user/4711";
    const fetched = query.get("fetch")?.includes("UserName") === true ? { UserName: username } : {};
    const version = { _rallyAPIMajor: "2", _rallyAPIMinor: "0" };
    return json({ User: { ...version, _ref, _refObjectName: "Ada Example", ...fetched, _type: "User", Errors: [], Warnings: [] } });
  };
}
