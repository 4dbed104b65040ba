import { connectionIndexContract } from "./connection-index.js";
import { databases } from "./databases.js";
import { roomStoreContract } from "./room-store.js";
import { serviceStoreContract } from "./service-store.js";

for (const [name, openDatabase] of databases) {
  connectionIndexContract(name, openDatabase);
  roomStoreContract(name, openDatabase);
  serviceStoreContract(name, openDatabase);
}
