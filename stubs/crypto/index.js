"use strict";

// matrix-bot-sdk loads this package at import and touches it only when crypto is switched on.
module.exports = { StoreType: Object.freeze({ Sled: 0, Sqlite: 1 }) };
