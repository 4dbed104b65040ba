"use strict";

// What `lowdb/adapters/FileSync` is asked for.
module.exports = function FileSync() {
  throw new Error("lowdb is not part of this build; see stubs/unused/index.js.");
};
