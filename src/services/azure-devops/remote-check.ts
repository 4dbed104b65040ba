import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { pathSegment } from "../../shared/url.js";
import { createRemoteCheck } from "../../vocabulary/remote-check.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";

/** Where Azure DevOps Services tells of accounts without an organization ("Profiles - Get"). */
export const profiles = "https://app.vssps.visualstudio.com";

/** The host that all organizations share. */
export const sharedHost = "dev.azure.com";

/** What every server has, and what clients send where nobody named another. */
export const defaultCollection = "DefaultCollection";

/** Who is taken for nobody in particular: public projects let anybody in, also with a token that is good for nothing. */
const anonymousDescriptor = "System:PublicAccess";

/** Otherwise a bad token leads to a page for people. */
export const suppressSignIn = { "x-tfs-fedauthredirect": "Suppress" };

/** Azure DevOps Services and Server, and Team Foundation Server before them. A personal access token is sent as a password. */
export const azureDevOpsRemote = createRemoteCheck({
  title: "Azure DevOps",
  async ask(remote, asker) {
    const authorization = basicOf(remote);
    const headers = { authorization, ...suppressSignIn };
    const organization = organizationUrl(remote);
    if (organization === undefined) {
      const profile = await asker.json({ url: `${profiles}/_apis/profile/profiles/me?api-version=6.0`, headers }, { explain });
      return ownText(profile, "emailAddress") ?? ownText(profile, "displayName");
    }
    return userName(await asker.json({ url: `${organization}/_apis/connectionData`, headers }, { explain }));
  },
});

/** @throws RemoteError for an answer that is for anybody */
function userName(connectionData: unknown): string | undefined {
  const user = ownMember(connectionData, "authenticatedUser");
  if (user === undefined) throw new RemoteError("the answer names no user: is it an Azure DevOps?");
  if (ownText(user, "descriptor")?.startsWith(anonymousDescriptor) === true) {
    throw new RemoteError("the credentials are not accepted: the server only lets us in as anybody", { status: 401 });
  }
  const account = ownMember(ownMember(user, "properties"), "Account");
  return ownText(account, "$value") ?? ownText(user, "providerDisplayName");
}

export function explain({ status }: HttpResponse): string | undefined {
  // Its page to sign in, where a bad token is none of its own.
  if (status === 203) return "the credentials are not accepted: the server asks to sign in (203)";
  return status === 404 ? "there is no such organization or collection (404)" : undefined;
}

/** Undefined where no organization is named: an account can reach several. */
export function organizationUrl({ url, settings }: RegisteredRemote): string | undefined {
  const collection = settings["collection"] ?? "";
  const { hostname, pathname, origin } = new URL(url);
  if (isProfiles(url)) return undefined;
  if (hostname === sharedHost) return sharedOrganization(origin, pathname, collection);
  if (hostname.endsWith(".visualstudio.com")) return url;
  const isThere = collection === "" || pathname.toLowerCase().endsWith(`/${collection.toLowerCase()}`);
  return isThere ? url : `${url}/${pathSegment(collection)}`;
}

function isProfiles(url: string): boolean {
  return new URL(url).origin === profiles;
}

function sharedOrganization(origin: string, pathname: string, collection: string): string | undefined {
  const [, organization = ""] = pathname.split("/");
  if (organization !== "") return `${origin}/${organization}`;
  return collection === "" || collection === defaultCollection ? undefined : `${origin}/${pathSegment(collection)}`;
}
