#pragma once
#include <sqlite3.h>

// Adapters for what Swift cannot import: the SQLITE_TRANSIENT macro and a variadic call.
static inline int sqlite_bind_text_copy(sqlite3_stmt *s, int i, const char *text, sqlite3_uint64 size) {
    return sqlite3_bind_text64(s, i, text, size, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int sqlite_bind_blob_copy(sqlite3_stmt *s, int i, const void *bytes, sqlite3_uint64 size) {
    return sqlite3_bind_blob64(s, i, bytes, size, SQLITE_TRANSIENT);
}
static inline int sqlite_set_defensive(sqlite3 *db) { return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0); }
