import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { RemoteError } from "../core/errors.js";

/** One address that a name has. */
export interface TargetAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for all addresses of a name, as the system knows them. */
export type Lookup = (hostname: string) => Promise<readonly TargetAddress[]>;

type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** All that IANA has given out for the public IPv6 internet; addresses that carry an IPv4 address in other ways lie outside of it. */
const publicIpv6: Range = ipaddr.parseCIDR("2000::/3");

/** Tells the public internet, which anybody may have us ask, from private addresses, which only the configuration can allow. */
export class TargetJudge {
  readonly #allowedNames: ReadonlySet<string>;
  readonly #allowedRanges: readonly Range[];
  readonly #lookup: Lookup;

  /**
   * @param allow addresses, ranges (`10.0.0.0/8`) and host names, as in `outbound.allow`
   * @throws TypeError for a range that is none; the configuration is checked before
   */
  constructor(allow: readonly string[], lookup: Lookup) {
    this.#allowedRanges = allow.filter((entry) => entry.includes("/") || isIP(entry) !== 0).map(parseRange);
    this.#allowedNames = new Set(allow.map(normaliseName));
    this.#lookup = lookup;
  }

  /** Judges all of an address that can be judged without asking anybody. @throws RemoteError that is final and repeats nothing but the host */
  checkUrl(text: string): URL {
    if (!URL.canParse(text)) throw refusal("This is no address that can be asked.");
    const url = new URL(text);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw refusal("An address has to begin with http:// or https://.");
    if (url.username !== "" || url.password !== "") {
      throw refusal(`The address at ${url.host} has a user name or password in it; leave it out.`);
    }
    const literal = withoutBrackets(url.hostname);
    if (isIP(literal) !== 0 && !this.#isAllowed(literal)) throw privateTarget(literal);
    return url;
  }

  /**
   * The addresses behind a host that may be asked. Connecting to these and no others keeps a second answer of the name server, which may
   * differ, out of it.
   * @param hostname a name or an address, IPv6 without brackets
   * @throws RemoteError that is final when the host has private addresses only; what the look-up throws
   */
  async addressesOf(hostname: string): Promise<readonly TargetAddress[]> {
    const family = isIP(hostname);
    const known = family === 0 ? await this.#lookup(hostname) : [{ address: hostname, family: family === 4 ? (4 as const) : (6 as const) }];
    if (this.#allowedNames.has(normaliseName(hostname))) return known;
    const allowed = known.filter(({ address }) => this.#isAllowed(address));
    if (allowed.length === 0) throw privateTarget(hostname);
    return allowed;
  }

  #isAllowed(address: string): boolean {
    // IPv4 within IPv6 (`::ffff:…`) is judged as what it is.
    const parsed = ipaddr.process(address);
    return isPublic(parsed) || this.#allowedRanges.some((range) => isWithin(parsed, range));
  }
}

function isPublic(address: ReturnType<typeof ipaddr.process>): boolean {
  return address.range() === "unicast" && (address.kind() === "ipv4" || isWithin(address, publicIpv6));
}

function isWithin(address: ReturnType<typeof ipaddr.process>, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function parseRange(entry: string): Range {
  if (!ipaddr.isValidCIDR(entry) && isIP(entry) === 0) throw new TypeError(`Not a range of addresses: ${entry}`);
  if (entry.includes("/")) return ipaddr.parseCIDR(entry);
  const address = ipaddr.process(entry);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

/** Names do not differ by case, nor by the dot that ends a full one. */
function normaliseName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** Never shows the addresses behind a name: whoever typed it may not be meant to know them. */
function privateTarget(host: string): RemoteError {
  return refusal(
    `${host} is not on the public internet, so nothing is sent there unless an administrator adds it to \`outbound.allow\` in the configuration.`,
  );
}

function refusal(sentence: string): RemoteError {
  return new RemoteError(sentence, { isFinal: true });
}
