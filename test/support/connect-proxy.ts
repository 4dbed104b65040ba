import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { LoopbackServers } from "./loopback-server.js";

/** A proxy that connects to this machine, whatever address it is asked for. */
export interface ConnectProxy {
  readonly url: string;
  /** What it was asked for, in order: `93.184.216.34:443`. */
  readonly tunnels: readonly string[];
  readonly credentials: readonly (string | undefined)[];
}

/** @param status what it answers; anything but 200 refuses */
export async function startConnectProxy(servers: LoopbackServers, status = 200): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer();
  server.on("connect", ({ url = "", headers }: IncomingMessage, socket: Socket) => {
    tunnels.push(url);
    credentials.push(headers["proxy-authorization"]);
    if (status === 200) openTunnel(socket, Number(url.slice(url.lastIndexOf(":") + 1)));
    else socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
  });
  return { url: `http://127.0.0.1:${await servers.listen(server)}`, tunnels, credentials };
}

function openTunnel(socket: Socket, port: number): void {
  const upstream = connect(port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy());
  socket.on("close", () => upstream.destroy());
}
