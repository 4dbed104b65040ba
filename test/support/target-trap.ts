import { createServer, type Server } from "node:http";
import { Socket, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Lookup, TargetAddress } from "../../src/outbound/target-judge.js";

/** A server that nobody may come to, on every address of this machine. */
export interface Trap {
  readonly port: number;
  /** Connections that came, whatever was sent over them. */
  readonly visits: () => number;
}

/** Listens for one test. */
export async function setTrap(): Promise<Trap> {
  let visits = 0;
  const server = createServer((_request, response) => response.end("caught"));
  server.on("connection", () => (visits += 1));
  await listenEverywhere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP listener's address is an object.
  return { port: (server.address() as AddressInfo).port, visits: () => visits };
}

/** All addresses of both families; where there is no IPv6, all of the other. */
function listenEverywhere(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", () => {
      server.once("error", reject);
      server.listen(0, "0.0.0.0", resolve);
    });
    server.listen(0, "::", resolve);
  });
}

/** Every address to which this process begins to connect during one test, wherever it leads: `127.0.0.1:80`, `::1:80`. */
export function watchConnections(): string[] {
  const attempts: string[] = [];
  const { connect } = Socket.prototype;
  // The cast: it passes on whatever it is called with.
  Socket.prototype.connect = function (this: Socket, ...given: Parameters<typeof connect>) {
    this.on("connectionAttempt", (address: string, port: number) => void attempts.push(`${address}:${port}`));
    return connect.apply(this, given);
  } as typeof connect;
  onTestFinished(() => {
    Socket.prototype.connect = connect;
  });
  return attempts;
}

/** A name server. Each name gives its answers one after the other, the last one for ever; other names there are none. */
export function nameServer(names: Readonly<Record<string, readonly (readonly string[])[]>>): Lookup {
  const asked = new Map<string, number>();
  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, "");
    const answers = names[name];
    if (answers === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
    const count = asked.get(name) ?? 0;
    asked.set(name, count + 1);
    const answer = answers[Math.min(count, answers.length - 1)] ?? [];
    return answer.map((address): TargetAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
}

/** Names that lead to where nobody may be sent. */
export const privateNames: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "loopback.test": [["127.0.0.1"]],
  "loopback6.test": [["::1"]],
  "mapped.test": [["::ffff:127.0.0.1"]],
  "any.test": [["0.0.0.0"]],
  "inner.test": [["10.0.0.1", "192.168.0.1", "fd00::1"]],
  "metadata.test": [["169.254.169.254"]],
  "metadata6.test": [["fd00:ec2::254"]],
  "link.test": [["fe80::1"]],
  "translated.test": [["64:ff9b::7f00:1"]],
  localhost: [["127.0.0.1", "::1"]],
  "inner.localhost": [["127.0.0.1"]],
};

/** Hosts in figures, as they can be typed, that lead to where nobody may be sent. */
export const privateHosts: readonly string[] = [
  // Loopback, and what systems take for it.
  ...["127.0.0.1", "127.8.8.8", "127.0.0.1.", "127.1", "127.0.1", "127.1.", "0", "0.0.0.0", "00.0.0.0"],
  // Decimal, hexadecimal, octal, mixed, and in figures of other scripts.
  ...["2130706433", "0x7f000001", "0x7F.1", "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "0177.0x0.1", "00000177.1"],
  ...["①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1"],
  ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]"],
  // IPv4 that other networks would hand on: NAT64, 6to4, Teredo, ISATAP.
  ...["[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2001:0:7f00:1::]"],
  ...["[fe80::5efe:7f00:1]", "[::ffff:0:7f00:1]"],
  // Private, carriers', link-local, the clouds' metadata.
  ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe"],
  ...[
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
  ],
  ...["[fd00:ec2::254]", "[fe80::1]", "[fc00::]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]"],
  ...["192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
];

/** One of each sort of them. */
export const fewPrivateHosts: readonly string[] = [
  "127.0.0.1",
  "2130706433",
  "0x7f.1",
  "0177.0.0.1",
  "10.0.0.1",
  "169.254.169.254",
  "[::1]",
  "[::ffff:7f00:1]",
  "[fd00:ec2::254]",
];

/** Hosts that are none, or that hide another one. `example.org` and its like are not known to the name servers of these tests. */
export const trickyAddresses: readonly string[] = [
  "http://example.org@127.0.0.1:{port}/",
  "http://example.org:x@127.0.0.1:{port}/",
  "http://example.org%2f@127.0.0.1:{port}/",
  "http://127.0.0.1:{port}@example.org/",
  "http://example.org#@127.0.0.1:{port}/",
  "http://example.org?@127.0.0.1:{port}/",
  "http://127.0.0.1:{port}\\@example.org/",
  "http://example.org\\@127.0.0.1:{port}/",
  "http:127.0.0.1:{port}/",
  "http:/127.0.0.1:{port}/",
  "http:///127.0.0.1:{port}/",
  "http:\\\\127.0.0.1:{port}/",
  " http://127.0.0.1:{port}/",
  "ht\ntp://127.0.0.\t1:{port}/",
  "HTTP://127.0.0.1:{port}/",
  "http://[fe80::1%25eth0]:{port}/",
  "http://[::1%25lo]:{port}/",
  "http://[127.0.0.1]:{port}/",
  "http://127.0.0.1:{port}:80/",
  "http://1.2.3.4.127.0.0.1:{port}/",
  "http://0x7f.0.0.0.1:{port}/",
  "http://256.0.0.1:{port}/",
  "http://4294967297:{port}/",
  "//127.0.0.1:{port}/",
  "ftp://127.0.0.1:{port}/",
  "gopher://127.0.0.1:{port}/_GET%20/",
  "ws://127.0.0.1:{port}/",
  "unix:/var/run/docker.sock",
  "file:///etc/passwd",
  "data:text/plain,hello",
  "javascript:alert(1)",
  "blob:http://127.0.0.1:{port}/x",
  "127.0.0.1:{port}",
  "localhost:{port}",
  "",
];
