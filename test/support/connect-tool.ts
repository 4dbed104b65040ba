import {
  AsymmetricAlgorithm,
  createQueryStringHash,
  decodeAsymmetric,
  decodeSymmetric,
  fromMethodAndUrl,
  getKeyId,
  SymmetricAlgorithm,
} from "atlassian-jwt";
import type { LoopbackServers } from "./loopback-server.js";
import { json, RemoteStandIn, type StandInAnswer, type StandInRequest } from "./remote-stand-in.js";

/** What the tool does with a lifecycle request, besides what it should. */
type ToolFault = "none" | "refuses" | "fails-before" | "fails-after" | "cuts-after" | "redirects" | "echoes";

/** What the tool knows of an installation. */
export interface ToolInstallation {
  readonly clientKey: string;
  readonly sharedSecret: string;
  readonly baseUrl: string;
}

/**
 * NOT A TOOL: what a self-hosted tool does as a Connect app. It takes a first installation unsigned, further ones signed with the secret that
 * it has; or, where it was told so, only what is signed with a key that it looks up.
 */
export class ConnectTool {
  /** What the descriptor has besides, or instead. */
  descriptor: Record<string, unknown> = {};
  fault: ToolFault = "none";
  /** Looks up keys: then every lifecycle request has to be signed with one. */
  publicKeyOf: ((kid: string) => Promise<string | undefined>) | undefined;
  installation: ToolInstallation | undefined;
  readonly events: string[] = [];
  #standIn: RemoteStandIn | undefined;

  static async start(servers: LoopbackServers, options: { readonly isSecure?: boolean } = {}): Promise<ConnectTool> {
    const tool = new ConnectTool();
    tool.#standIn = await RemoteStandIn.start(servers, (request) => tool.#answer(request), options);
    return tool;
  }

  get origin(): string {
    return this.#standIn?.url ?? "";
  }

  get baseUrl(): string {
    return `${this.origin}/app`;
  }

  get descriptorUrl(): string {
    return `${this.baseUrl}/descriptor.json`;
  }

  get requests(): readonly StandInRequest[] {
    return this.#standIn?.requests ?? [];
  }

  /** A token as the tool signs what it sends. */
  get sharedSecret(): string {
    return this.installation?.sharedSecret ?? "none";
  }

  async #answer(request: StandInRequest): Promise<StandInAnswer> {
    switch (request.path) {
      case "/app/descriptor.json":
        return json({
          ...{ key: "org.example.tool", name: "Tool", baseUrl: this.baseUrl, authentication: { type: "jwt" } },
          ...{
            lifecycle: { installed: "/events/installed", uninstalled: "/events/uninstalled" },
            scopes: ["READ", "WRITE", "DELETE", "ADMIN"],
          },
          ...this.descriptor,
        });
      case "/app/events/installed":
      case "/app/events/uninstalled":
        return this.#takeEvent(request);
      default:
        return json({ error: "not found" }, 404);
    }
  }

  async #takeEvent(request: StandInRequest): Promise<StandInAnswer> {
    if (this.fault === "refuses") return json({}, 400);
    if (this.fault === "fails-before") return json({}, 502);
    if (this.fault === "redirects") return { status: 307, headers: { location: "http://127.0.0.2/elsewhere" } };
    if (this.fault === "echoes") return { status: 418, headers: { "x-echo": encodeURIComponent(request.body) }, body: request.body };
    // Written by us.
    const payload = JSON.parse(request.body) as ToolInstallation & { readonly eventType: string };
    if (!(await this.#isSigned(request))) return json({ error: "Unauthorized" }, 401);
    this.events.push(payload.eventType);
    this.installation = payload.eventType === "installed" ? payload : undefined;
    if (this.fault === "fails-after") return json({}, 504);
    if (this.fault === "cuts-after") return { status: 200, headers: { "content-length": "1000", connection: "close" }, body: "{" };
    return { status: 204 };
  }

  async #isSigned(request: StandInRequest): Promise<boolean> {
    const token = (request.headers.authorization ?? "").replace(/^JWT /, "");
    const qsh = createQueryStringHash(fromMethodAndUrl(request.method, this.origin + request.path), false, this.baseUrl);
    try {
      if (this.publicKeyOf !== undefined) {
        // Claims of a token that was verified.
        const claims = decodeAsymmetric(token, (await this.publicKeyOf(String(getKeyId(token)))) ?? "", AsymmetricAlgorithm.RS256) as {
          aud: string[];
          qsh: string;
        };
        return claims.aud[0] === this.baseUrl && claims.qsh === qsh;
      }
      if (this.installation === undefined) return true;
      const claims = decodeSymmetric(token, this.installation.sharedSecret, SymmetricAlgorithm.HS256) as { iss: string; qsh: string };
      return claims.iss === this.installation.clientKey && claims.qsh === qsh;
    } catch {
      return false;
    }
  }
}
