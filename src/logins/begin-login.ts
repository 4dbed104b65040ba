import { PermissionError, SwitchboardError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { OAuthLogin } from "../core/oauth.js";
import type { BegunLogin, TicketStore } from "../core/ports/login-tickets.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Service, ServiceContext } from "../core/service.js";
import type { KeyedMutex } from "../delivery/keyed-mutex.js";
import { hashOf } from "./hashes.js";
import { keyRemedy } from "../vocabulary/key-remedy.js";

interface BeginOptions {
  readonly service: Service<unknown>;
  readonly context: () => ServiceContext<unknown>;
  readonly begun: TicketStore<BegunLogin>;
  /** By person: those that are begun at once do not see each other's states yet. */
  readonly beginnings: KeyedMutex;
  /** Whether the person has the level `login` on the service. @throws RemoteError while that is not known */
  readonly mayLogIn: (person: UserId) => boolean;
}

/** How long somebody has to come back. */
const openMs = 10 * 60_000;
/** Of one person; whoever asks for more gives up the oldest. */
const mostOpen = 20;
const randomBytes = 32;

/** See `PersonalLogins.begin`. */
export async function beginLogin(options: BeginOptions, person: UserId, remote?: string): Promise<string> {
  const oauth = requireOAuth(options, person);
  const context = options.context();
  const state = context.random.bytes(randomBytes).toString("base64url");
  const codeVerifier = context.random.bytes(randomBytes).toString("base64url");
  const asked = remote === undefined ? {} : { remote };
  // RFC 7636, 4.2: the challenge is the verifier's SHA-256 in base64url.
  const { url, kept } = await oauth.begin({ actor: person, ...asked, state, codeChallenge: hashOf(codeVerifier) }, context);
  const ticket: BegunLogin = {
    ...{ serviceId: options.service.id, person, ...asked, codeVerifier, endsAt: context.now() + openMs },
    ...(kept === undefined ? {} : { kept }),
  };
  await options.beginnings.run(person, async () => {
    await context.commit([...(await dropOldest(options.begun, person)), ...options.begun.put(hashOf(state), ticket)]);
  });
  return url;
}

function requireOAuth({ service, context, mayLogIn }: BeginOptions, person: UserId): OAuthLogin<unknown> {
  const { oauth, title, permissionName } = service;
  if (!mayLogIn(person)) {
    throw new PermissionError(
      "User does not have permission to log in to service",
      undefined,
      `\`${permissionName}\`: ask the administrator for the level \`login\` in the configuration's \`permissions\`.`,
    );
  }
  if (oauth === undefined) throw new SwitchboardError("HS_DISABLED_FEATURE", `Nobody logs in to ${title} with a browser.`);
  if (!context().logins.canKeep) throw new SwitchboardError("HS_DISABLED_FEATURE", keyRemedy);
  return oauth;
}

async function dropOldest(begun: TicketStore<BegunLogin>, person: UserId): Promise<readonly StoreChange[]> {
  const open = await begun.ofPerson(person);
  return open.slice(0, Math.max(0, open.length - mostOpen + 1)).flatMap(({ id }) => begun.remove(id, person));
}
