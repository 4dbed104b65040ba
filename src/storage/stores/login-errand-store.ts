import { StorageError } from "../../core/errors.js";
import type { AccountDataErrand, LoginErrandStore, NoticeErrand } from "../../core/ports/login-errands.js";
import type { Database } from "../database.js";
import { noticeStoreName, sealedPlace } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/**
 * What is to be done at the homeserver because of a change of logins. Notices are sealed, since they may hold the address that undoes a
 * login; what is kept for Hookshot is encrypted in Hookshot's form, or is no more than a mark.
 * @param sealer absent when no key is configured: then there are no logins, and so no notices
 */
export function createLoginErrandStore(database: Database, sealer: Sealer | undefined): LoginErrandStore {
  const accountData = database.sublevel("login-account-data");
  const notices = database.sublevel(noticeStoreName);
  const placeOf = (id: string): SealedPlace => sealedPlace(noticeStoreName, id);
  return {
    async accountData() {
      const values = await accountData.values().all();
      // Written by `putAccountData` below.
      return values.map((value) => JSON.parse(value) as AccountDataErrand);
    },
    putAccountData: (errand) => ({ type: "put", key: accountData.prefixKey(errand.id, "utf8", false), value: JSON.stringify(errand) }),
    removeAccountData: ({ id }) => ({ type: "del", key: accountData.prefixKey(id, "utf8", false) }),
    async notices() {
      const entries = sealer === undefined ? [] : await notices.iterator().all();
      // Written by `putNotice` below.
      return entries.map(([id, value]) => JSON.parse(sealer?.open(value, placeOf(id)) ?? "null") as NoticeErrand);
    },
    putNotice(errand) {
      if (sealer === undefined) {
        throw new StorageError("What a person is to be told cannot be kept, because there is no key to encrypt it with.");
      }
      const value = sealer.seal(JSON.stringify(errand), placeOf(errand.id));
      return { type: "put", key: notices.prefixKey(errand.id, "utf8", false), value };
    },
    removeNotice: ({ id }) => ({ type: "del", key: notices.prefixKey(id, "utf8", false) }),
  };
}
