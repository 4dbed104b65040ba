import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpResponse } from "../../core/ports/http-client.js";
import { createHttpClient } from "../../outbound/http-client.js";
import type { Secret } from "../../shared/secret.js";

interface HomeserverToCheck {
  /** Without trailing slash. */
  readonly url: string;
  readonly asToken: Secret;
  /** Whose token that is. */
  readonly botUserId: string;
}

/** What was found, as a sentence. `isDoubtful`: somebody should look at it. */
export interface HomeserverFinding {
  readonly isDoubtful: boolean;
  readonly sentence: string;
}

const timeoutMs = 5_000;

/** Asks a homeserver whether it is one, and whether it knows our token. Never throws: nothing depends on its being up now. */
export async function checkHomeserver(homeserver: HomeserverToCheck): Promise<readonly HomeserverFinding[]> {
  const http = createHttpClient({ userAgent: "matrix-switchboard" });
  try {
    const versions = await findVersions(homeserver, http);
    return versions.isDoubtful ? [versions] : [versions, await findOurselves(homeserver, http)];
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return [doubt(`It was not checked: ${error.message}. If that is not as it should be, correct bridge.url in the configuration.`)];
  } finally {
    await http.close();
  }
}

/** Matrix client-server API, `GET /_matrix/client/versions`: answers everybody. */
async function findVersions({ url }: HomeserverToCheck, http: HttpClient): Promise<HomeserverFinding> {
  const response = await http.request({ method: "GET", url: `${url}/_matrix/client/versions`, timeoutMs });
  const versions = valueIn(response, "versions");
  if (response.status === 200 && Array.isArray(versions)) return fact("It is a Matrix homeserver, and it answers.");
  if (response.status >= 300 && response.status < 400) {
    return doubt(
      `It sends us elsewhere (status ${response.status}). Name the address that it sends to as bridge.url in the configuration.`,
    );
  }
  return doubt(`What answers there (status ${response.status}) is no Matrix homeserver. Correct bridge.url in the configuration.`);
}

/** `GET /_matrix/client/v3/account/whoami`: tells whose the token is. */
async function findOurselves({ url, asToken, botUserId }: HomeserverToCheck, http: HttpClient): Promise<HomeserverFinding> {
  const headers = { authorization: `Bearer ${asToken.reveal()}` };
  const response = await http.request({ method: "GET", url: `${url}/_matrix/client/v3/account/whoami`, headers, timeoutMs });
  if (response.status === 401) return fact("It does not know the registration yet, as is to be expected; see below.");
  const userId = valueIn(response, "user_id");
  if (response.status !== 200 || typeof userId !== "string") {
    return doubt(`Whether it knows the registration could not be told: it answered with status ${response.status}.`);
  }
  if (userId === botUserId) return fact(`It knows the registration, and the bot as ${botUserId}.`);
  return doubt(
    `It knows the bot as ${printable(userId)}, not ${botUserId}. Correct bridge.domain in the configuration, or begin anew with --force.`,
  );
}

function valueIn({ body }: HttpResponse, key: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    // Own keys only, so that nothing an object has by nature counts as an answer.
    return typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, key) ? Reflect.get(parsed, key) : undefined;
  } catch {
    return undefined;
  }
}

/** What a stranger's server says must not steer the terminal. */
function printable(text: string): string {
  return text.slice(0, 255).replace(/\p{Cc}/gu, "?");
}

function fact(sentence: string): HomeserverFinding {
  return { isDoubtful: false, sentence };
}

function doubt(sentence: string): HomeserverFinding {
  return { isDoubtful: true, sentence };
}
